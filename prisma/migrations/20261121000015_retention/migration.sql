SET ROLE holdfast_owner;

-- Retention policies of a ledger: whole versions, never changed. A ledger begins with version 1, the four that are on from the start; the catalogue that more are
-- switched on from is in the product (lib/policy/retention-catalogue.ts, which a test compares with what stands here).
CREATE TABLE retention_versions (
  ledger_id int NOT NULL REFERENCES ledgers (id),
  version int NOT NULL CHECK (version >= 1),
  policies jsonb NOT NULL CHECK (jsonb_typeof(policies) = 'array'),
  -- A person's answers to conflicts between a minimum and a maximum.
  settlements jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(settlements) = 'array'),
  changed_by text NOT NULL,
  changed_at timestamptz(3) NOT NULL DEFAULT now(),
  reason text,
  PRIMARY KEY (ledger_id, version)
);
CALL guard_table('retention_versions');

CREATE FUNCTION seed_retention() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO retention_versions (ledger_id, version, changed_by, policies) VALUES (NEW.id, 1, 'holdfast', $seed$[
{"floor":{"years":6},"ceiling":null,"clock":"recorded","trigger":"last_in_effect","or_else":null,"hot":{"years":1},"note":"Six years from creation, or from the day it was last in effect if that is later. It is the rule for documentation; no period is set for raw logs as such.","on":true,"code":"hipaa","title":"HIPAA","source":"45 CFR 164.316(b)(2)(i)"},
{"floor":{"years":1},"ceiling":null,"clock":"event","trigger":null,"or_else":null,"hot":{"years":1},"note":"A convention (the period and its fieldwork), no statute.","on":true,"code":"soc2","title":"SOC 2","source":"TSC CC6, CC7"},
{"floor":{"years":7},"ceiling":null,"clock":"event","trigger":null,"or_else":null,"hot":{"years":1},"note":"The accountants’ rule under SOX; broker-dealers have rules of their own (sec-17a-4, finra).","on":true,"code":"financial","title":"Financial","source":"17 CFR 210.2-06"},
{"floor":{"years":1},"ceiling":null,"clock":"event","trigger":null,"or_else":null,"hot":{"years":1},"note":"For whatever no other policy sets a minimum for.","on":true,"code":"default","title":"Default","source":"Policy of the house"}
  ]$seed$);
  RETURN NULL;
END $$;
CREATE TRIGGER seed_retention AFTER INSERT ON ledgers FOR EACH ROW EXECUTE FUNCTION seed_retention();
-- The ledgers that there are: by the same function, through a table that is gone with this transaction.
CREATE TEMP TABLE seeded (id int) ON COMMIT DROP;
CREATE TRIGGER seed_retention AFTER INSERT ON pg_temp.seeded FOR EACH ROW EXECUTE FUNCTION seed_retention();
INSERT INTO pg_temp.seeded SELECT id FROM ledgers;
DROP TABLE pg_temp.seeded;

-- The next version, if the newest is still the one that it was made from; null where it is not.
CREATE FUNCTION save_retention(p_ledger int, p_if_version int, p_policies jsonb, p_settlements jsonb, p_changed_by text, p_reason text) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET standard_conforming_strings = on AS $$
BEGIN
  IF p_if_version <> (SELECT max(version) FROM retention_versions WHERE ledger_id = p_ledger) THEN RETURN NULL; END IF;
  INSERT INTO retention_versions (ledger_id, version, policies, settlements, changed_by, reason)
    VALUES (p_ledger, p_if_version + 1, p_policies, p_settlements, p_changed_by, p_reason)
    ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN RETURN NULL; END IF;
  RETURN p_if_version + 1;
END $$;

-- What holds and trigger events reach: one row each, made and ended by the triggers below. `mark` is what counts are kept by.
CREATE TABLE retention_scopes (
  mark int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  ledger_id int NOT NULL REFERENCES ledgers (id),
  use text NOT NULL CHECK (use IN ('hold', 'trigger')),
  kind text NOT NULL CHECK (kind IN ('conversation', 'subject', 'resource', 'actor', 'agent', 'time')),
  -- '' where the kind is time.
  value text COLLATE "C" NOT NULL,
  -- Of a resource.
  type text COLLATE "C",
  -- Days in UTC, both included.
  day_from date,
  day_to date,
  standing boolean NOT NULL DEFAULT true,
  -- The blocks of records that it reaches into have been told to be counted anew.
  spread boolean NOT NULL DEFAULT false,
  CHECK ((kind = 'resource') = (type IS NOT NULL)),
  CHECK ((kind = 'time') = (day_from IS NOT NULL) AND (kind = 'time') = (day_to IS NOT NULL) AND (kind = 'time') = (value = '')),
  CHECK (day_from <= day_to)
);
CREATE INDEX retention_scopes_value ON retention_scopes (ledger_id, kind, value) WHERE standing;
CREATE INDEX retention_scopes_new ON retention_scopes (ledger_id, mark) WHERE NOT spread;

-- Legal holds: a number that people name them by, whose they are, more kinds of scope, and a release that takes two people.
ALTER TABLE legal_holds
  ADD COLUMN number int,
  ADD COLUMN mark int UNIQUE REFERENCES retention_scopes (mark),
  ADD COLUMN custodian text,
  ADD COLUMN placed_by_id uuid REFERENCES users (id),
  ADD COLUMN scope_type text COLLATE "C",
  ADD COLUMN scope_from date,
  ADD COLUMN scope_to date,
  ADD COLUMN release_asked_by text,
  ADD COLUMN release_asked_by_id uuid REFERENCES users (id),
  ADD COLUMN release_asked_at timestamptz(3),
  ADD COLUMN release_asked_reason text,
  ADD COLUMN released_by_id uuid REFERENCES users (id),
  ADD CONSTRAINT legal_holds_asked_whole CHECK (num_nulls(release_asked_by, release_asked_by_id, release_asked_at, release_asked_reason) IN (0, 4)),
  ADD CONSTRAINT legal_holds_second_person CHECK (released_by_id <> release_asked_by_id);
-- Holds and destructions wait for one another: the moment is the one in which it is done, not the one in which the waiting began.
ALTER TABLE legal_holds ALTER placed_at SET DEFAULT clock_timestamp();
ALTER TABLE shreddings ALTER at SET DEFAULT clock_timestamp();
ALTER TABLE legal_holds DROP CONSTRAINT legal_holds_scope_kind_check;
ALTER TABLE legal_holds ADD CONSTRAINT legal_holds_scope_kind_check CHECK (scope_kind IN ('conversation', 'subject', 'resource', 'actor', 'agent', 'time'));
UPDATE legal_holds h SET number = n.number
  FROM (SELECT id, row_number() OVER (PARTITION BY ledger_id ORDER BY placed_at, id) AS number FROM legal_holds) n WHERE n.id = h.id;
DO $$
DECLARE h legal_holds;
BEGIN
  FOR h IN SELECT * FROM legal_holds LOOP
    WITH made AS (
      INSERT INTO retention_scopes (ledger_id, use, kind, value, standing, spread)
        VALUES (h.ledger_id, 'hold', h.scope_kind, h.scope_value, h.released_at IS NULL, h.released_at IS NOT NULL) RETURNING mark
    ) UPDATE legal_holds SET mark = made.mark FROM made WHERE id = h.id;
  END LOOP;
END $$;
ALTER TABLE legal_holds ALTER number SET NOT NULL, ALTER mark SET NOT NULL, ADD CONSTRAINT legal_holds_number UNIQUE (ledger_id, number);

-- When a policy's clock starts for some of the records: an account was closed, a document ceased to be in effect. Withdrawn where it was entered wrongly, never removed.
CREATE TABLE retention_triggers (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  ledger_id int NOT NULL REFERENCES ledgers (id),
  mark int UNIQUE NOT NULL REFERENCES retention_scopes (mark),
  trigger_name text COLLATE "C" NOT NULL CHECK (trigger_name ~ '^[a-z][a-z0-9_]{0,39}$'),
  scope_kind text NOT NULL CHECK (scope_kind IN ('conversation', 'subject', 'resource', 'agent')),
  scope_value text COLLATE "C" NOT NULL,
  scope_type text COLLATE "C",
  day date NOT NULL,
  reason text NOT NULL,
  entered_by text NOT NULL,
  entered_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  withdrawn_by text,
  withdrawn_at timestamptz(3),
  withdraw_reason text,
  CHECK (num_nulls(withdrawn_by, withdrawn_at, withdraw_reason) IN (0, 3))
);
CREATE INDEX retention_triggers_ledger ON retention_triggers (ledger_id, entered_at);

-- The lock that holds are placed under: until the end of the transaction none is, and nothing is shredded, pruned or destroyed but by whoever has it. What is asked after
-- it has to see what was committed before: HF027 where the transaction looks at an older state.
CREATE FUNCTION lock_holds(p_ledger int) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
    RAISE EXCEPTION 'holdfast: at isolation level % a hold that was placed meanwhile would not be seen', current_setting('transaction_isolation') USING ERRCODE = 'HF027';
  END IF;
  PERFORM pg_advisory_xact_lock(1212566604, p_ledger);
END $$;

CREATE FUNCTION begin_scope() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_TABLE_NAME = 'legal_holds' THEN
    -- Numbers are given out one after the other, and none after what was asked under an older state.
    PERFORM lock_holds(NEW.ledger_id);
    NEW.number := coalesce((SELECT max(number) FROM legal_holds WHERE ledger_id = NEW.ledger_id), 0) + 1;
    INSERT INTO retention_scopes (ledger_id, use, kind, value, type, day_from, day_to, standing)
      VALUES (NEW.ledger_id, 'hold', NEW.scope_kind, NEW.scope_value, NEW.scope_type, NEW.scope_from, NEW.scope_to, NEW.released_at IS NULL) RETURNING mark INTO NEW.mark;
  ELSE
    INSERT INTO retention_scopes (ledger_id, use, kind, value, type)
      VALUES (NEW.ledger_id, 'trigger', NEW.scope_kind, NEW.scope_value, NEW.scope_type) RETURNING mark INTO NEW.mark;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER begin_scope BEFORE INSERT ON legal_holds FOR EACH ROW EXECUTE FUNCTION begin_scope();
CREATE TRIGGER begin_scope BEFORE INSERT ON retention_triggers FOR EACH ROW EXECUTE FUNCTION begin_scope();

-- A hold stands as it was placed; its release is asked for by one person and confirmed by another, once. For the application's role and for any other that this reaches.
CREATE FUNCTION keep_hold() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP <> 'UPDATE' THEN
    RAISE EXCEPTION 'holdfast: a hold is released, never removed' USING ERRCODE = 'HF001';
  END IF;
  IF OLD.released_at IS NOT NULL
     OR (OLD.id, OLD.ledger_id, OLD.number, OLD.mark, OLD.matter, OLD.custodian, OLD.scope_kind, OLD.scope_value, OLD.scope_type, OLD.scope_from, OLD.scope_to,
         OLD.reason, OLD.placed_by, OLD.placed_by_id, OLD.placed_at)
        IS DISTINCT FROM
        (NEW.id, NEW.ledger_id, NEW.number, NEW.mark, NEW.matter, NEW.custodian, NEW.scope_kind, NEW.scope_value, NEW.scope_type, NEW.scope_from, NEW.scope_to,
         NEW.reason, NEW.placed_by, NEW.placed_by_id, NEW.placed_at) THEN
    RAISE EXCEPTION 'holdfast: a hold stands as it was placed' USING ERRCODE = 'HF001';
  END IF;
  IF NEW.released_at IS NOT NULL THEN
    IF OLD.release_asked_by_id IS NULL OR NEW.released_by_id IS NULL OR NEW.released_by_id = OLD.release_asked_by_id OR lower(NEW.released_by) = lower(OLD.release_asked_by)
       OR NEW.release_asked_by_id IS DISTINCT FROM OLD.release_asked_by_id THEN
      RAISE EXCEPTION 'holdfast: a hold is released by another person than the one who asked for it' USING ERRCODE = 'HF012';
    END IF;
    UPDATE retention_scopes SET standing = false WHERE mark = OLD.mark;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER legal_holds_kept BEFORE UPDATE OR DELETE ON legal_holds FOR EACH ROW EXECUTE FUNCTION keep_hold();
CREATE TRIGGER legal_holds_not_emptied BEFORE TRUNCATE ON legal_holds FOR EACH STATEMENT EXECUTE FUNCTION keep_hold();

CREATE FUNCTION keep_retention_trigger() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP <> 'UPDATE' OR OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL
     OR (OLD.id, OLD.ledger_id, OLD.mark, OLD.trigger_name, OLD.scope_kind, OLD.scope_value, OLD.scope_type, OLD.day, OLD.reason, OLD.entered_by, OLD.entered_at)
        IS DISTINCT FROM
        (NEW.id, NEW.ledger_id, NEW.mark, NEW.trigger_name, NEW.scope_kind, NEW.scope_value, NEW.scope_type, NEW.day, NEW.reason, NEW.entered_by, NEW.entered_at) THEN
    RAISE EXCEPTION 'holdfast: what was entered stands; it is withdrawn, once' USING ERRCODE = 'HF001';
  END IF;
  UPDATE retention_scopes SET standing = false WHERE mark = OLD.mark;
  RETURN NEW;
END $$;
CREATE TRIGGER retention_triggers_kept BEFORE UPDATE OR DELETE ON retention_triggers FOR EACH ROW EXECUTE FUNCTION keep_retention_trigger();
CREATE TRIGGER retention_triggers_not_emptied BEFORE TRUNCATE ON retention_triggers FOR EACH STATEMENT EXECUTE FUNCTION keep_retention_trigger();

-- Counts of records by what retention hangs on, so that a screen decides over some ten thousand rows instead of ten million records. Derived: kept by a walk behind
-- the append path, in blocks of 32,768 positions that are counted anew where a hold or a trigger event reaches into them. A change of policies rewrites nothing.
CREATE TABLE retention_classes (
  ledger_id int NOT NULL REFERENCES ledgers (id),
  id int GENERATED ALWAYS AS IDENTITY,
  -- As records have them: in order, with commas between; '' for none.
  domains text COLLATE "C" NOT NULL,
  -- What the registry did not know when the record came in: tool:x, data_source:x.
  unmapped text[] COLLATE "C" NOT NULL,
  PRIMARY KEY (ledger_id, id),
  UNIQUE (ledger_id, domains, unmapped)
);
CREATE TABLE retention_counts (
  ledger_id int NOT NULL REFERENCES ledgers (id),
  block int NOT NULL,
  event_day date NOT NULL,
  recorded_day date NOT NULL,
  -- 0 stands for those after the first 4,096 classes of a ledger, whoever sends so many: unmapped.
  class int NOT NULL,
  -- Of the standing holds and trigger events that reach these records; some may have ended since.
  marks int[] NOT NULL,
  state text NOT NULL CHECK (state IN ('hot', 'archived', 'destroyed')),
  count bigint NOT NULL CHECK (count >= 0),
  first_seq bigint NOT NULL,
  last_seq bigint NOT NULL,
  PRIMARY KEY (ledger_id, block, event_day, recorded_day, class, marks, state)
);
-- Of archived records in a block those that a hold or a trigger event reaches: so many at most. Which of them it is nobody knows without their bodies, so that a sum takes
-- so many of each of its lines to be reached: it errs towards held, and towards kept.
CREATE TABLE retention_reach (
  ledger_id int NOT NULL REFERENCES ledgers (id),
  block int NOT NULL,
  mark int NOT NULL REFERENCES retention_scopes (mark),
  records bigint NOT NULL,
  PRIMARY KEY (ledger_id, block, mark)
);
CREATE TABLE retention_progress (
  ledger_id int PRIMARY KEY REFERENCES ledgers (id),
  counted_to bigint NOT NULL DEFAULT -1,
  -- How often holds came to reach into conversations that were there before, by a record that named somebody new.
  widened bigint NOT NULL DEFAULT 0
);
-- Blocks to be counted anew.
CREATE TABLE retention_dirty (
  ledger_id int NOT NULL REFERENCES ledgers (id),
  block int NOT NULL,
  PRIMARY KEY (ledger_id, block)
);

-- Of records that have left the database, what holds are placed by: so that a hold finds them after archival. Kept for good, a few lines a conversation.
CREATE TABLE retention_traces (
  ledger_id int NOT NULL REFERENCES ledgers (id),
  kind text NOT NULL CHECK (kind IN ('subject', 'resource', 'actor', 'agent')),
  value text COLLATE "C" NOT NULL,
  -- Of a resource; '' else.
  type text COLLATE "C" NOT NULL,
  conversation_id text COLLATE "C" NOT NULL,
  first_seq bigint NOT NULL,
  last_seq bigint NOT NULL,
  PRIMARY KEY (ledger_id, kind, value, type, conversation_id)
);
CREATE INDEX retention_traces_conversation ON retention_traces (ledger_id, conversation_id);

-- Whom records of a conversation name, besides the one whom the conversation itself names: a hold on any of them reaches all of it. Written with the record that names
-- somebody new (migration "people_of_conversations"), and kept when records leave the database.
CREATE TABLE conversation_people (
  ledger_id int NOT NULL REFERENCES ledgers (id),
  conversation_id text COLLATE "C" NOT NULL,
  subject_id text COLLATE "C" NOT NULL,
  -- The blocks of what the conversation had before have been told to be counted anew.
  spread boolean NOT NULL DEFAULT false,
  PRIMARY KEY (ledger_id, conversation_id, subject_id)
);
CREATE INDEX conversation_people_subject ON conversation_people (ledger_id, subject_id, conversation_id);
CREATE INDEX conversation_people_new ON conversation_people (ledger_id) WHERE NOT spread;

-- What of a record nobody has mapped, as the registry marked it when it came in (lib/policy/retention-unmapped.ts says the same of a decoded body). Bytes that are no
-- JSON, which only somebody who owns the database can have put there, count as a tool that nobody knows.
CREATE FUNCTION unmapped_of(p_action text, p_body bytea) RETURNS text[] LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  details jsonb;
  mark jsonb;
  tool text;
  source text;
  labels text[] := '{}';
BEGIN
  IF p_action NOT IN ('tool_invoked', 'data_accessed', 'data_modified') OR position(convert_to('"registry":', 'UTF8') IN p_body) = 0 THEN RETURN labels; END IF;
  details := convert_from(p_body, 'UTF8')::jsonb -> 'details';
  mark := details -> 'registry';
  IF jsonb_typeof(mark) IS DISTINCT FROM 'object' THEN RETURN labels; END IF;
  tool := CASE WHEN jsonb_typeof(details -> 'tool') = 'string' THEN nullif(details ->> 'tool', '') END;
  source := CASE WHEN p_action <> 'tool_invoked' AND jsonb_typeof(details -> 'data_source') = 'string' THEN nullif(details ->> 'data_source', '') END;
  IF tool IS NOT NULL AND NOT mark ? 'entry' THEN labels := labels || ('tool:' || CASE WHEN octet_length(tool) <= 128 THEN tool ELSE '' END); END IF;
  IF source IS NOT NULL AND (NOT mark ? CASE WHEN tool IS NULL THEN 'entry' ELSE 'data_source' END) THEN labels := labels || ('data_source:' || CASE WHEN octet_length(source) <= 128 THEN source ELSE '' END); END IF;
  IF labels = '{}' AND NOT mark ? 'entry' THEN labels := ARRAY['tool:']; END IF;
  RETURN labels;
EXCEPTION WHEN OTHERS THEN RETURN ARRAY['tool:'];
END $$;

CREATE FUNCTION day_recorded(p_us bigint) RETURNS date LANGUAGE sql IMMUTABLE AS $$ SELECT (to_timestamp(p_us / 1000000) AT TIME ZONE 'UTC')::date $$;

-- Persons on whom there is a hold. Page by page and not row by row: there may be hundreds.
CREATE FUNCTION held_people(p_ledger int) RETURNS text[] LANGUAGE sql STABLE SET search_path = public, pg_temp SET enable_seqscan = off
  SET enable_indexscan = off SET enable_indexonlyscan = off SET enable_bitmapscan = on AS $$
  SELECT ARRAY(SELECT DISTINCT s.value FROM retention_scopes s WHERE s.ledger_id = p_ledger AND s.standing AND s.use = 'hold' AND s.kind = 'subject')
$$;

-- Which standing holds and trigger events reach which of these records: those at p_seqs, or from p_from to p_to where that is null. A hold or event on a person reaches
-- everything in the conversations that are about them; one on days, what happened or was recorded on one of them. Each record looks its scopes up by index, whatever
-- statistics say (OFFSET 0 keeps the planner from turning that round), and only among the kinds that there are. A hold on a person reaches every conversation of which any
-- record names them; an event, which may shorten how long something is kept, those that are about them first of all.
CREATE FUNCTION scopes_over(p_ledger int, p_from bigint, p_to bigint, p_seqs bigint[]) RETURNS TABLE (seq bigint, mark int, use text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off AS $$
#variable_conflict use_column
DECLARE
  kinds text[] := ARRAY(SELECT k FROM unnest(ARRAY['conversation', 'subject', 'resource', 'actor', 'agent', 'time']) k
                         WHERE EXISTS (SELECT FROM retention_scopes s WHERE s.ledger_id = p_ledger AND s.standing AND s.kind = k));
  held text[] := held_people(p_ledger);
BEGIN
  IF kinds = '{}' THEN RETURN; END IF;
  RETURN QUERY
  WITH picked AS MATERIALIZED (
    SELECT r.seq, r.conversation_id, r.subject_id, r.actor_id, r.agent_name, r.resource_type, r.resource_id, (r.occurred_at AT TIME ZONE 'UTC')::date AS event_day
      FROM records r WHERE p_seqs IS NULL AND r.ledger_id = p_ledger AND r.seq BETWEEN p_from AND p_to
    UNION ALL
    SELECT r.seq, r.conversation_id, r.subject_id, r.actor_id, r.agent_name, r.resource_type, r.resource_id, (r.occurred_at AT TIME ZONE 'UTC')::date
      FROM records r WHERE p_seqs IS NOT NULL AND r.ledger_id = p_ledger AND r.seq = ANY (p_seqs)
  ), named AS MATERIALIZED (
    -- Once a conversation, however many people it names and however many of its records are looked at: one pass of its people by their index.
    SELECT DISTINCT p.conversation_id, s.mark, s.use
      FROM (SELECT DISTINCT k.conversation_id FROM picked k WHERE held <> '{}' AND k.conversation_id IS NOT NULL) k
     CROSS JOIN LATERAL (SELECT n.conversation_id, n.subject_id FROM conversation_people n
                          WHERE n.ledger_id = p_ledger AND n.conversation_id = k.conversation_id AND n.subject_id = ANY (held) OFFSET 0) p
     CROSS JOIN LATERAL (SELECT s.mark, s.use FROM retention_scopes s
                          WHERE s.ledger_id = p_ledger AND s.standing AND s.use = 'hold' AND s.kind = 'subject' AND s.value = p.subject_id OFFSET 0) s
  )
  SELECT DISTINCT t.seq, o.mark, o.use FROM picked t CROSS JOIN LATERAL (
    SELECT s.mark, s.use FROM retention_scopes s
     WHERE 'conversation' = ANY (kinds) AND s.ledger_id = p_ledger AND s.standing AND s.kind = 'conversation' AND s.value = t.conversation_id
    UNION ALL
    SELECT s.mark, s.use FROM retention_scopes s
     WHERE 'subject' = ANY (kinds) AND s.ledger_id = p_ledger AND s.standing AND s.kind = 'subject' AND s.value = t.subject_id
    UNION ALL
    SELECT s.mark, s.use FROM retention_scopes s
     WHERE 'subject' = ANY (kinds) AND s.ledger_id = p_ledger AND s.standing AND s.kind = 'subject'
       AND s.value = (SELECT c.subject_id FROM conversations c WHERE c.ledger_id = p_ledger AND c.conversation_id = t.conversation_id)
    UNION ALL
    SELECT n.mark, n.use FROM named n WHERE n.conversation_id = t.conversation_id
    UNION ALL
    SELECT s.mark, s.use FROM retention_scopes s
     WHERE 'resource' = ANY (kinds) AND s.ledger_id = p_ledger AND s.standing AND s.kind = 'resource' AND s.value = t.resource_id AND s.type = t.resource_type
    UNION ALL
    SELECT s.mark, s.use FROM retention_scopes s
     WHERE 'actor' = ANY (kinds) AND s.ledger_id = p_ledger AND s.standing AND s.kind = 'actor' AND s.value = t.actor_id
    UNION ALL
    SELECT s.mark, s.use FROM retention_scopes s
     WHERE 'agent' = ANY (kinds) AND s.ledger_id = p_ledger AND s.standing AND s.kind = 'agent' AND s.value = t.agent_name
    UNION ALL
    SELECT s.mark, s.use FROM retention_scopes s
     WHERE 'time' = ANY (kinds) AND s.ledger_id = p_ledger AND s.standing AND s.kind = 'time' AND s.value = ''
       AND (t.event_day BETWEEN s.day_from AND s.day_to
            OR (SELECT day_recorded(e.received_at_us) FROM entries e WHERE e.ledger_id = p_ledger AND e.seq = t.seq) BETWEEN s.day_from AND s.day_to)
    OFFSET 0
  ) o;
END $$;

-- The positions among these that a standing hold reaches: what must be neither pruned nor destroyed. Ask under the lock that holds are placed under
-- (lock_holds), or one may be placed right after.
CREATE FUNCTION held_positions(p_ledger int, p_seqs bigint[]) RETURNS TABLE (seq bigint, hold uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT o.seq, h.id FROM scopes_over(p_ledger, NULL, NULL, p_seqs) o JOIN legal_holds h ON h.mark = o.mark WHERE o.use = 'hold'
$$;

-- Whether a standing hold reaches any of these positions, which lie from p_from to p_to: the same as scopes_over says, asked the other way round. Each hold looks for what
-- it is on by the index of that, so that it takes as long for a hundred records as for a leaf of them.
CREATE FUNCTION hold_reaches(p_ledger int, p_seqs int8multirange, p_from bigint, p_to bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  s retention_scopes;
  first_day date;
  last_day date;
BEGIN
  FOR s IN SELECT * FROM retention_scopes WHERE ledger_id = p_ledger AND standing AND use = 'hold' LOOP
    CASE s.kind
      WHEN 'conversation' THEN
        IF EXISTS (SELECT FROM records r WHERE r.ledger_id = p_ledger AND r.conversation_id = s.value AND r.seq BETWEEN p_from AND p_to AND p_seqs @> r.seq) THEN RETURN true; END IF;
      WHEN 'subject' THEN
        IF EXISTS (SELECT FROM records r WHERE r.ledger_id = p_ledger AND r.subject_id = s.value AND r.seq BETWEEN p_from AND p_to AND p_seqs @> r.seq)
           OR EXISTS (
             SELECT FROM (
               SELECT c.conversation_id FROM conversations c WHERE c.ledger_id = p_ledger AND c.subject_id = s.value AND c.first_seq <= p_to AND c.last_seq >= p_from
               UNION ALL
               SELECT p.conversation_id FROM conversation_people p JOIN conversations c ON c.ledger_id = p_ledger AND c.conversation_id = p.conversation_id
                WHERE p.ledger_id = p_ledger AND p.subject_id = s.value AND c.first_seq <= p_to AND c.last_seq >= p_from
             ) t CROSS JOIN LATERAL (
               SELECT FROM records r WHERE r.ledger_id = p_ledger AND r.conversation_id = t.conversation_id AND r.seq BETWEEN p_from AND p_to AND p_seqs @> r.seq LIMIT 1
             ) r) THEN RETURN true; END IF;
      WHEN 'resource' THEN
        IF EXISTS (SELECT FROM records r WHERE r.ledger_id = p_ledger AND r.resource_type = s.type AND r.resource_id = s.value AND r.seq BETWEEN p_from AND p_to AND p_seqs @> r.seq)
        THEN RETURN true; END IF;
      WHEN 'actor' THEN
        IF EXISTS (SELECT FROM records r WHERE r.ledger_id = p_ledger AND r.actor_id = s.value AND r.seq BETWEEN p_from AND p_to AND p_seqs @> r.seq) THEN RETURN true; END IF;
      WHEN 'agent' THEN
        IF EXISTS (SELECT FROM records r WHERE r.ledger_id = p_ledger AND r.agent_name = s.value AND r.seq BETWEEN p_from AND p_to AND p_seqs @> r.seq) THEN RETURN true; END IF;
      ELSE
        first_day := coalesce(first_day, (SELECT day_recorded(e.received_at_us) FROM entries e WHERE e.ledger_id = p_ledger AND e.seq >= p_from ORDER BY e.seq LIMIT 1));
        last_day := coalesce(last_day, (SELECT day_recorded(e.received_at_us) FROM entries e WHERE e.ledger_id = p_ledger AND e.seq <= p_to ORDER BY e.seq DESC LIMIT 1));
        IF EXISTS (SELECT FROM records r WHERE r.ledger_id = p_ledger AND r.occurred_at >= s.day_from::timestamp AT TIME ZONE 'UTC'
                      AND r.occurred_at < (s.day_to + 1)::timestamp AT TIME ZONE 'UTC' AND r.seq BETWEEN p_from AND p_to AND p_seqs @> r.seq)
           OR first_day <= s.day_to AND last_day >= s.day_from AND EXISTS (
             SELECT FROM records r JOIN entries e ON e.ledger_id = p_ledger AND e.seq = r.seq
              WHERE r.ledger_id = p_ledger AND r.seq BETWEEN p_from AND p_to AND p_seqs @> r.seq AND day_recorded(e.received_at_us) BETWEEN s.day_from AND s.day_to)
        THEN RETURN true; END IF;
    END CASE;
  END LOOP;
  RETURN false;
END $$;

-- Records by what retention hangs on.
CREATE FUNCTION retention_groups(p_ledger int, p_from bigint, p_to bigint, p_seqs bigint[])
RETURNS TABLE (block int, event_day date, recorded_day date, domains text, unmapped text[], marks int[], count bigint, first_seq bigint, last_seq bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH picked AS MATERIALIZED (
    SELECT r.seq, (r.occurred_at AT TIME ZONE 'UTC')::date AS event_day, coalesce(r.domains, '') AS domains, unmapped_of(r.action, r.body) AS unmapped
      FROM records r WHERE p_seqs IS NULL AND r.ledger_id = p_ledger AND r.seq BETWEEN p_from AND p_to
    UNION ALL
    SELECT r.seq, (r.occurred_at AT TIME ZONE 'UTC')::date, coalesce(r.domains, ''), unmapped_of(r.action, r.body)
      FROM records r WHERE p_seqs IS NOT NULL AND r.ledger_id = p_ledger AND r.seq = ANY (p_seqs)
  ), marked AS (
    -- A record and its marks meet by sorting, not by a join whose size nobody could estimate.
    SELECT m.seq, min(m.event_day) AS event_day, min(m.domains) AS domains, min(m.unmapped) AS unmapped,
           coalesce(array_agg(m.mark ORDER BY m.mark) FILTER (WHERE m.mark IS NOT NULL), '{}') AS marks
      FROM (
        SELECT t.seq, t.event_day, t.domains, t.unmapped, NULL::int AS mark FROM picked t
        UNION ALL
        SELECT o.seq, NULL, NULL, NULL, o.mark FROM scopes_over(p_ledger, p_from, p_to, p_seqs) o
      ) m GROUP BY m.seq
  )
  SELECT (t.seq / 32768)::int, t.event_day, (SELECT day_recorded(e.received_at_us) FROM entries e WHERE e.ledger_id = p_ledger AND e.seq = t.seq),
         t.domains, t.unmapped, t.marks, count(*), min(t.seq), max(t.seq)
    FROM marked t GROUP BY 1, 2, 3, 4, 5, 6;
END $$;

-- Adds them to the counts of a state, and returns what it added, with the marks that they bear while they are here. Whoever calls it holds the ledger's row of
-- retention_progress.
CREATE FUNCTION add_retention(p_ledger int, p_from bigint, p_to bigint, p_seqs bigint[], p_state text)
RETURNS TABLE (block int, event_day date, recorded_day date, class int, marks int[], count bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH grouped AS MATERIALIZED (
    SELECT g.block, g.event_day, g.recorded_day, g.domains, g.unmapped, g.marks, g.count, g.first_seq, g.last_seq,
           (SELECT k.id FROM retention_classes k WHERE k.ledger_id = p_ledger AND k.domains = g.domains AND k.unmapped = g.unmapped) AS class
      FROM retention_groups(p_ledger, p_from, p_to, p_seqs) g
  ), fresh AS (
    INSERT INTO retention_classes (ledger_id, domains, unmapped)
      SELECT p_ledger, n.domains, n.unmapped FROM (SELECT DISTINCT g.domains, g.unmapped FROM grouped g WHERE g.class IS NULL) n
       LIMIT greatest(0, 4096 - (SELECT count(*) FROM retention_classes k WHERE k.ledger_id = p_ledger))
    RETURNING id, domains, unmapped
  ), classed AS MATERIALIZED (
    SELECT g.block, g.event_day, g.recorded_day, coalesce(g.class, (SELECT f.id FROM fresh f WHERE f.domains = g.domains AND f.unmapped = g.unmapped), 0) AS class,
           g.marks, g.count, g.first_seq, g.last_seq FROM grouped g
  ), added AS (
    INSERT INTO retention_counts AS c (ledger_id, block, event_day, recorded_day, class, marks, state, count, first_seq, last_seq)
      SELECT p_ledger, g.block, g.event_day, g.recorded_day, g.class, CASE WHEN p_state = 'hot' THEN g.marks ELSE '{}' END, p_state, sum(g.count), min(g.first_seq), max(g.last_seq)
        FROM classed g GROUP BY 1, 2, 3, 4, 5, 6, 7
      ON CONFLICT (ledger_id, block, event_day, recorded_day, class, marks, state)
      DO UPDATE SET count = c.count + EXCLUDED.count, first_seq = least(c.first_seq, EXCLUDED.first_seq), last_seq = greatest(c.last_seq, EXCLUDED.last_seq)
  )
  SELECT g.block, g.event_day, g.recorded_day, g.class, g.marks, sum(g.count)::bigint FROM classed g GROUP BY 1, 2, 3, 4, 5;
END $$;

-- Tells in which blocks of archived records a scope reaches what: conversations as a whole, the traces of what was pruned, and days by the sums. Of a segment that is not
-- pruned, what has left already: the rest is counted as it leaves. All of it where some was put back, for which of it nobody knows.
CREATE FUNCTION reach_archived(p_ledger int, s retention_scopes) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  WITH talks AS MATERIALIZED (
    SELECT s.value AS id WHERE s.kind = 'conversation'
    UNION SELECT c.conversation_id FROM conversations c WHERE s.kind = 'subject' AND c.ledger_id = p_ledger AND c.subject_id = s.value
    UNION SELECT p.conversation_id FROM conversation_people p WHERE s.kind = 'subject' AND s.use = 'hold' AND p.ledger_id = p_ledger AND p.subject_id = s.value
  ), reached AS (
    SELECT r FROM talks t JOIN archive_conversations a ON a.ledger_id = p_ledger AND a.conversation_id = t.id
      JOIN archive_segments g ON g.ledger_id = p_ledger AND g.number = a.number,
           unnest(CASE WHEN g.state = 'pruned' OR g.hot_until IS NOT NULL THEN a.seqs ELSE a.seqs * int8multirange(int8range(NULL, g.pruned_to, '[]')) END) r
    UNION ALL
    SELECT r * int8range(t.first_seq, t.last_seq, '[]')
      FROM retention_traces t JOIN archive_conversations a ON a.ledger_id = p_ledger AND a.conversation_id = t.conversation_id
      JOIN archive_segments g ON g.ledger_id = p_ledger AND g.number = a.number,
           unnest(CASE WHEN g.state = 'pruned' OR g.hot_until IS NOT NULL THEN a.seqs ELSE a.seqs * int8multirange(int8range(NULL, g.pruned_to, '[]')) END) r
     WHERE t.ledger_id = p_ledger AND t.kind = s.kind AND t.value = s.value AND t.type = coalesce(s.type, '')
       AND t.conversation_id <> '' AND t.conversation_id NOT IN (SELECT id FROM talks)
    UNION ALL
    SELECT int8range(t.first_seq, t.last_seq, '[]') FROM retention_traces t
     WHERE t.ledger_id = p_ledger AND t.kind = s.kind AND t.value = s.value AND t.type = coalesce(s.type, '') AND t.conversation_id = ''
  ), blocks AS (
    SELECT b::int AS block, sum(upper(x) - lower(x)) AS records
      FROM reached, generate_series(lower(r) / 32768, (upper(r) - 1) / 32768) b, LATERAL (SELECT r * int8range(b * 32768, (b + 1) * 32768) AS x) x
     WHERE NOT isempty(r) GROUP BY 1
    UNION ALL
    SELECT c.block, sum(c.count) FROM retention_counts c
     WHERE s.kind = 'time' AND c.ledger_id = p_ledger AND c.state = 'archived' AND c.count > 0
       AND (c.event_day BETWEEN s.day_from AND s.day_to OR c.recorded_day BETWEEN s.day_from AND s.day_to) GROUP BY 1
  )
  INSERT INTO retention_reach AS k (ledger_id, block, mark, records) SELECT p_ledger, b.block, s.mark, b.records FROM blocks b
    ON CONFLICT (ledger_id, block, mark) DO UPDATE SET records = greatest(k.records, EXCLUDED.records);
END $$;

-- One bounded step of the walk: first, blocks that new holds and trigger events reach into are found; then one of them is counted anew; then new records are counted.
-- o_counted_to is null where another process is counting right now.
CREATE FUNCTION count_retention(p_ledger int, p_step int, OUT o_counted_to bigint, OUT o_caught_up boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET standard_conforming_strings = on SET enable_seqscan = off AS $$
DECLARE
  head bigint;
  dirty int;
  people int;
  s retention_scopes;
  condition text;
BEGIN
  INSERT INTO retention_progress (ledger_id) VALUES (p_ledger) ON CONFLICT DO NOTHING;
  SELECT counted_to INTO o_counted_to FROM retention_progress WHERE ledger_id = p_ledger FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN RETURN; END IF;
  o_caught_up := false;

  SELECT * INTO s FROM retention_scopes WHERE ledger_id = p_ledger AND NOT spread ORDER BY mark LIMIT 1 FOR UPDATE;
  IF FOUND THEN
    UPDATE retention_scopes SET spread = true WHERE mark = s.mark;
    IF s.standing THEN PERFORM reach_archived(p_ledger, s); END IF;
    IF s.kind = 'conversation' THEN
      INSERT INTO retention_dirty SELECT DISTINCT p_ledger, r.seq / 32768 FROM records r WHERE r.ledger_id = p_ledger AND r.conversation_id = s.value ON CONFLICT DO NOTHING;
    ELSIF s.kind = 'time' THEN
      INSERT INTO retention_dirty SELECT DISTINCT p_ledger, c.block FROM retention_counts c
       WHERE c.ledger_id = p_ledger AND c.state = 'hot' AND (c.event_day BETWEEN s.day_from AND s.day_to OR c.recorded_day BETWEEN s.day_from AND s.day_to)
          ON CONFLICT DO NOTHING;
    ELSE
      condition := CASE s.kind WHEN 'subject' THEN 'r.subject_id = $2' WHEN 'resource' THEN 'r.resource_type = $3 AND r.resource_id = $2'
                               WHEN 'actor' THEN 'r.actor_id = $2' WHEN 'agent' THEN 'r.agent_name = $2' END;
      -- One look into the index a block, in the ledger's own partition: the primary key could not give these.
      EXECUTE format('INSERT INTO retention_dirty SELECT %s, b FROM generate_series(0, $1 / 32768) b
         WHERE EXISTS (SELECT FROM records_l%s r WHERE %s AND r.seq >= b::bigint * 32768 AND r.seq < (b::bigint + 1) * 32768) ON CONFLICT DO NOTHING', p_ledger, p_ledger, condition)
        USING o_counted_to, s.value, s.type;
      IF s.kind = 'subject' THEN
        INSERT INTO retention_dirty SELECT DISTINCT p_ledger, b FROM conversations c, generate_series(c.first_seq / 32768, c.last_seq / 32768) b
         WHERE c.ledger_id = p_ledger AND c.subject_id = s.value ON CONFLICT DO NOTHING;
        INSERT INTO retention_dirty SELECT DISTINCT p_ledger, b FROM conversation_people p
          JOIN conversations c ON c.ledger_id = p_ledger AND c.conversation_id = p.conversation_id, generate_series(c.first_seq / 32768, c.last_seq / 32768) b
         WHERE p.ledger_id = p_ledger AND p.subject_id = s.value ON CONFLICT DO NOTHING;
      END IF;
    END IF;
    RETURN;
  END IF;

  -- Somebody was named in a conversation that was there before: a hold on them reaches what it had.
  WITH named AS (
    UPDATE conversation_people p SET spread = true
     WHERE (p.ledger_id, p.conversation_id, p.subject_id) IN (
       SELECT n.ledger_id, n.conversation_id, n.subject_id FROM conversation_people n WHERE n.ledger_id = p_ledger AND NOT n.spread LIMIT 500 FOR UPDATE)
    RETURNING p.conversation_id, p.subject_id
  ), gone AS (
    INSERT INTO retention_reach AS k (ledger_id, block, mark, records)
      SELECT p_ledger, b::int, h.mark, sum(upper(x) - lower(x)) FROM named n
        JOIN retention_scopes h ON h.ledger_id = p_ledger AND h.standing AND h.use = 'hold' AND h.kind = 'subject' AND h.value = n.subject_id
        JOIN archive_conversations a ON a.ledger_id = p_ledger AND a.conversation_id = n.conversation_id
        JOIN archive_segments g ON g.ledger_id = p_ledger AND g.number = a.number,
             unnest(CASE WHEN g.state = 'pruned' OR g.hot_until IS NOT NULL THEN a.seqs ELSE a.seqs * int8multirange(int8range(NULL, g.pruned_to, '[]')) END) r,
             generate_series(lower(r) / 32768, (upper(r) - 1) / 32768) b, LATERAL (SELECT r * int8range(b * 32768, (b + 1) * 32768) AS x) x GROUP BY 2, 3
    ON CONFLICT (ledger_id, block, mark) DO UPDATE SET records = k.records + EXCLUDED.records
  ), reached AS (
    INSERT INTO retention_dirty SELECT DISTINCT p_ledger, b FROM named n
      JOIN retention_scopes h ON h.ledger_id = p_ledger AND h.standing AND h.use = 'hold' AND h.kind = 'subject' AND h.value = n.subject_id
      JOIN conversations c ON c.ledger_id = p_ledger AND c.conversation_id = n.conversation_id, generate_series(c.first_seq / 32768, c.last_seq / 32768) b
    ON CONFLICT DO NOTHING RETURNING block
  ) SELECT count(*) INTO people FROM named;
  IF people > 0 THEN
    UPDATE retention_progress SET widened = widened + 1 WHERE ledger_id = p_ledger;
    RETURN;
  END IF;

  SELECT d.block INTO dirty FROM retention_dirty d WHERE d.ledger_id = p_ledger ORDER BY d.block LIMIT 1;
  IF FOUND THEN
    DELETE FROM retention_counts c WHERE c.ledger_id = p_ledger AND c.block = dirty AND c.state = 'hot';
    IF dirty::bigint * 32768 <= o_counted_to THEN
      PERFORM add_retention(p_ledger, dirty::bigint * 32768, least(dirty::bigint * 32768 + 32767, o_counted_to), NULL, 'hot');
    END IF;
    DELETE FROM retention_dirty d WHERE d.ledger_id = p_ledger AND d.block = dirty;
    RETURN;
  END IF;

  SELECT e.seq INTO head FROM entries e WHERE e.ledger_id = p_ledger ORDER BY e.seq DESC LIMIT 1;
  head := coalesce(head, -1);
  IF o_counted_to < head THEN
    PERFORM add_retention(p_ledger, o_counted_to + 1, least(o_counted_to + p_step, head), NULL, 'hot');
    o_counted_to := least(o_counted_to + p_step, head);
    UPDATE retention_progress SET counted_to = o_counted_to WHERE ledger_id = p_ledger;
  END IF;
  o_caught_up := o_counted_to = head;
END $$;

-- Whether the counts of these blocks have what is here, up to p_to, and every hold and event that reaches it. Whoever asks holds the ledger's row of retention_progress.
CREATE FUNCTION retention_settled(p_ledger int, p_to bigint, p_blocks int[]) RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp SET enable_seqscan = off AS $$
  SELECT EXISTS (SELECT FROM retention_progress p WHERE p.ledger_id = p_ledger AND p.counted_to >= p_to)
     AND NOT EXISTS (SELECT FROM retention_dirty d WHERE d.ledger_id = p_ledger AND d.block = ANY (p_blocks))
     AND NOT EXISTS (SELECT FROM retention_scopes s WHERE s.ledger_id = p_ledger AND NOT s.spread)
     AND NOT EXISTS (SELECT FROM conversation_people n WHERE n.ledger_id = p_ledger AND NOT n.spread)
$$;

-- For whoever prunes records: call it in the same transaction, before they are deleted. They are counted as archived and no longer as here: taken off the counts where these
-- have them, else their blocks are counted anew.
CREATE FUNCTION retention_pruned(p_ledger int, p_seqs bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  blocks int[] := ARRAY(SELECT DISTINCT (u / 32768)::int FROM unnest(p_seqs) u);
  settled boolean;
BEGIN
  INSERT INTO retention_progress (ledger_id) VALUES (p_ledger) ON CONFLICT DO NOTHING;
  PERFORM FROM retention_progress WHERE ledger_id = p_ledger FOR UPDATE;
  settled := retention_settled(p_ledger, (SELECT max(u) FROM unnest(p_seqs) u), blocks);
  WITH gone AS MATERIALIZED (
    SELECT * FROM add_retention(p_ledger, NULL, NULL, p_seqs, 'archived')
  ), reached AS (
    INSERT INTO retention_reach AS k (ledger_id, block, mark, records)
      SELECT p_ledger, g.block, m, sum(g.count) FROM gone g, unnest(g.marks) m GROUP BY 2, 3
      ON CONFLICT (ledger_id, block, mark) DO UPDATE SET records = k.records + EXCLUDED.records
  ), less AS (
    UPDATE retention_counts c SET count = c.count - g.count FROM gone g
     WHERE settled AND c.ledger_id = p_ledger AND c.block = g.block AND c.event_day = g.event_day AND c.recorded_day = g.recorded_day AND c.class = g.class
       AND c.marks = g.marks AND c.state = 'hot' AND c.count >= g.count
    RETURNING c.block, c.event_day, c.recorded_day, c.class, c.marks
  )
  INSERT INTO retention_dirty
    SELECT DISTINCT p_ledger, g.block FROM gone g
     WHERE NOT EXISTS (SELECT FROM less l WHERE (l.block, l.event_day, l.recorded_day, l.class, l.marks) = (g.block, g.event_day, g.recorded_day, g.class, g.marks))
    ON CONFLICT DO NOTHING;
  DELETE FROM retention_counts c WHERE c.ledger_id = p_ledger AND c.block = ANY (blocks) AND c.state = 'hot' AND c.count = 0;
END $$;

-- The same of whole blocks, of which p_records are here: by what was counted of them, and not by the records. False where the counts have something else.
CREATE FUNCTION retention_blocks_pruned(p_ledger int, p_from int, p_to int, p_records bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  PERFORM FROM retention_progress WHERE ledger_id = p_ledger FOR UPDATE;
  IF NOT retention_settled(p_ledger, p_to::bigint * 32768 + 32767, ARRAY(SELECT generate_series(p_from, p_to)))
     OR p_records IS DISTINCT FROM (SELECT sum(c.count) FROM retention_counts c WHERE c.ledger_id = p_ledger AND c.block BETWEEN p_from AND p_to AND c.state = 'hot') THEN
    RETURN false;
  END IF;
  WITH gone AS (
    DELETE FROM retention_counts c WHERE c.ledger_id = p_ledger AND c.block BETWEEN p_from AND p_to AND c.state = 'hot' RETURNING c.*
  ), reached AS (
    INSERT INTO retention_reach AS k (ledger_id, block, mark, records)
      SELECT p_ledger, g.block, m, sum(g.count) FROM gone g, unnest(g.marks) m GROUP BY 2, 3
      ON CONFLICT (ledger_id, block, mark) DO UPDATE SET records = k.records + EXCLUDED.records
  )
  INSERT INTO retention_counts AS c (ledger_id, block, event_day, recorded_day, class, marks, state, count, first_seq, last_seq)
    SELECT p_ledger, g.block, g.event_day, g.recorded_day, g.class, '{}', 'archived', sum(g.count), min(g.first_seq), max(g.last_seq) FROM gone g GROUP BY 2, 3, 4, 5
    ON CONFLICT (ledger_id, block, event_day, recorded_day, class, marks, state)
    DO UPDATE SET count = c.count + EXCLUDED.count, first_seq = least(c.first_seq, EXCLUDED.first_seq), last_seq = greatest(c.last_seq, EXCLUDED.last_seq);
  RETURN true;
END $$;

-- Keeps of these records what holds are placed by: before they are pruned, in steps of their own, since it is most of the work. Noted again it stays as it is.
CREATE FUNCTION note_traces(p_ledger int, p_seqs bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  WITH picked AS MATERIALIZED (
    SELECT r.seq, coalesce(r.conversation_id, '') AS talk, r.subject_id, r.actor_id, r.agent_name, r.resource_type, r.resource_id
      FROM records r WHERE r.ledger_id = p_ledger AND r.seq = ANY (p_seqs)
  )
  INSERT INTO retention_traces AS t (ledger_id, kind, value, type, conversation_id, first_seq, last_seq)
    SELECT p_ledger, a.kind, a.value, a.type, a.talk, min(a.seq), max(a.seq)
      FROM (
        SELECT 'subject' AS kind, subject_id AS value, '' AS type, talk, seq FROM picked WHERE subject_id IS NOT NULL
        UNION ALL SELECT 'resource', resource_id, resource_type, talk, seq FROM picked WHERE resource_type IS NOT NULL AND resource_id IS NOT NULL
        UNION ALL SELECT 'actor', actor_id, '', talk, seq FROM picked
        UNION ALL SELECT 'agent', agent_name, '', talk, seq FROM picked WHERE agent_name IS NOT NULL
      ) a GROUP BY 2, 3, 4, 5 ORDER BY 2, 3, 4, 5
    ON CONFLICT (ledger_id, kind, value, type, conversation_id)
    DO UPDATE SET first_seq = least(t.first_seq, EXCLUDED.first_seq), last_seq = greatest(t.last_seq, EXCLUDED.last_seq)
     WHERE t.first_seq > EXCLUDED.first_seq OR t.last_seq < EXCLUDED.last_seq;
END $$;

-- And for whoever puts them back: in the same transaction, after they are there again.
CREATE FUNCTION retention_restored(p_ledger int, p_seqs bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  INSERT INTO retention_progress (ledger_id) VALUES (p_ledger) ON CONFLICT DO NOTHING;
  PERFORM FROM retention_progress WHERE ledger_id = p_ledger FOR UPDATE;
  UPDATE retention_counts c SET count = greatest(0, c.count - back.count)
    FROM (
      SELECT g.block, g.event_day, g.recorded_day, coalesce(k.id, 0) AS class, sum(g.count)::bigint AS count
        FROM retention_groups(p_ledger, NULL, NULL, p_seqs) g
        LEFT JOIN retention_classes k ON k.ledger_id = p_ledger AND k.domains = g.domains AND k.unmapped = g.unmapped GROUP BY 1, 2, 3, 4
    ) back
   WHERE c.ledger_id = p_ledger AND c.block = back.block AND c.event_day = back.event_day AND c.recorded_day = back.recorded_day AND c.class = back.class
     AND c.marks = '{}' AND c.state = 'archived';
  DELETE FROM retention_counts c WHERE c.ledger_id = p_ledger AND c.block IN (SELECT u / 32768 FROM unnest(p_seqs) u) AND c.count = 0;
  DELETE FROM retention_reach k WHERE k.ledger_id = p_ledger AND k.block IN (SELECT u / 32768 FROM unnest(p_seqs) u)
     AND NOT EXISTS (SELECT FROM retention_counts c WHERE c.ledger_id = p_ledger AND c.block = k.block AND c.state = 'archived');
  INSERT INTO retention_dirty SELECT DISTINCT p_ledger, u / 32768 FROM unnest(p_seqs) u ON CONFLICT DO NOTHING;
END $$;

-- Standing holds that reach anything of what a shredding of a conversation, or of what is about a person, would destroy. Words are kept by the conversation: a hold of
-- whatever kind that reaches one record of a conversation keeps all words in it, records that have left the database included. Of a record that has left and belongs to
-- no conversation, resource, actor and agent are known as far as the first and the last position that each was at: a hold on one that lies around it keeps it too.
CREATE FUNCTION holds_against(p_ledger int, p_kind text, p_value text) RETURNS SETOF uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  talks text[];
  people text[];
  alone uuid[];
  marks int[];
BEGIN
  IF NOT EXISTS (SELECT FROM retention_scopes s WHERE s.ledger_id = p_ledger AND s.standing AND s.use = 'hold') THEN RETURN; END IF;
  SELECT array_agg(DISTINCT k.conversation_id) FILTER (WHERE k.conversation_id <> ''), array_agg(DISTINCT k.subject_id) FILTER (WHERE k.subject_id <> ''),
         array_agg(k.record_id) FILTER (WHERE k.record_id IS NOT NULL)
    INTO talks, people, alone
    FROM (
      SELECT conversation_id, subject_id, record_id FROM content_keys
       WHERE p_kind = 'conversation' AND ledger_id = p_ledger AND conversation_id = p_value AND conversation_id <> '' AND shredded_at IS NULL
      UNION ALL
      SELECT conversation_id, subject_id, record_id FROM content_keys
       WHERE p_kind = 'subject' AND ledger_id = p_ledger AND subject_id = p_value AND subject_id <> '' AND shredded_at IS NULL
    ) k;
  IF p_kind = 'conversation' THEN talks := array_append(talks, p_value); ELSE people := array_append(people, p_value); END IF;
  -- Anybody whom a record of these conversations names, with words or without: words about them may stand in records that name somebody else, or nobody.
  people := people || ARRAY(
    SELECT c.subject_id FROM conversations c WHERE c.ledger_id = p_ledger AND c.conversation_id = ANY (talks) AND c.subject_id IS NOT NULL
    UNION SELECT p.subject_id FROM conversation_people p WHERE p.ledger_id = p_ledger AND p.conversation_id = ANY (talks));
  SELECT array_agg(o.mark) INTO marks FROM (
    SELECT s.mark FROM retention_scopes s WHERE s.ledger_id = p_ledger AND s.standing AND s.use = 'hold' AND s.kind = 'conversation' AND s.value = ANY (talks)
    UNION ALL
    SELECT s.mark FROM retention_scopes s WHERE s.ledger_id = p_ledger AND s.standing AND s.use = 'hold' AND s.kind = 'subject' AND s.value = ANY (people)
  ) o;
  IF EXISTS (SELECT FROM retention_scopes s WHERE s.ledger_id = p_ledger AND s.standing AND s.use = 'hold' AND s.kind IN ('resource', 'actor', 'agent', 'time')) THEN
    marks := marks || (
      WITH there AS MATERIALIZED (
        SELECT DISTINCT r.actor_id, r.agent_name, r.resource_type, r.resource_id, (r.occurred_at AT TIME ZONE 'UTC')::date AS day, day_recorded(e.received_at_us) AS recorded
          FROM records r JOIN entries e ON e.ledger_id = p_ledger AND e.seq = r.seq WHERE r.ledger_id = p_ledger AND r.conversation_id = ANY (talks)
        UNION
        SELECT r.actor_id, r.agent_name, r.resource_type, r.resource_id, (r.occurred_at AT TIME ZONE 'UTC')::date, day_recorded(e.received_at_us)
          FROM entries e JOIN records r ON r.ledger_id = p_ledger AND r.seq = e.seq WHERE e.ledger_id = p_ledger AND e.id = ANY (alone)
      ), gone AS MATERIALIZED (
        SELECT e.seq, day_recorded(e.received_at_us) AS recorded FROM entries e
         WHERE e.ledger_id = p_ledger AND e.id = ANY (alone) AND NOT EXISTS (SELECT FROM records r WHERE r.ledger_id = p_ledger AND r.seq = e.seq)
      )
      SELECT array_agg(s.mark) FROM retention_scopes s
       WHERE s.ledger_id = p_ledger AND s.standing AND s.use = 'hold' AND s.kind IN ('resource', 'actor', 'agent', 'time')
         AND (EXISTS (SELECT FROM there t WHERE CASE s.kind WHEN 'resource' THEN s.value = t.resource_id AND s.type = t.resource_type WHEN 'actor' THEN s.value = t.actor_id
                                                           WHEN 'agent' THEN s.value = t.agent_name
                                                           ELSE t.day BETWEEN s.day_from AND s.day_to OR t.recorded BETWEEN s.day_from AND s.day_to END)
              OR EXISTS (SELECT FROM retention_traces t WHERE t.ledger_id = p_ledger AND t.kind = s.kind AND t.value = s.value AND t.type = coalesce(s.type, '')
                            AND t.conversation_id = ANY (talks))
              OR EXISTS (SELECT FROM retention_traces t JOIN gone g ON g.seq BETWEEN t.first_seq AND t.last_seq
                          WHERE t.ledger_id = p_ledger AND t.kind = s.kind AND t.value = s.value AND t.type = coalesce(s.type, '') AND t.conversation_id = '')
              -- Records that have left the database have taken their days along; the conversation's first and last day stay, and those of the segment.
              OR s.kind = 'time' AND EXISTS (SELECT FROM conversations c
                   JOIN entries f ON f.ledger_id = p_ledger AND f.seq = c.first_seq JOIN entries l ON l.ledger_id = p_ledger AND l.seq = c.last_seq
                  WHERE c.ledger_id = p_ledger AND c.conversation_id = ANY (talks)
                    AND ((c.first_at AT TIME ZONE 'UTC')::date <= s.day_to AND (c.last_at AT TIME ZONE 'UTC')::date >= s.day_from
                         OR day_recorded(f.received_at_us) <= s.day_to AND day_recorded(l.received_at_us) >= s.day_from))
              OR s.kind = 'time' AND EXISTS (SELECT FROM gone g WHERE g.recorded BETWEEN s.day_from AND s.day_to
                   OR EXISTS (SELECT FROM archive_segments a WHERE a.ledger_id = p_ledger AND a.first_seq BETWEEN g.seq / 262144 * 262144 AND g.seq AND a.last_seq >= g.seq
                                 AND a.seqs @> g.seq AND a.event_from <= s.day_to AND a.event_to >= s.day_from))));
  END IF;
  RETURN QUERY SELECT h.id FROM legal_holds h WHERE h.mark = ANY (marks);
END $$;

-- As before (migration "words"), and for every kind of hold.
CREATE OR REPLACE FUNCTION shred_content(
  p_id uuid, p_ledger int, p_kind text, p_value text, p_authority text, p_reason text, p_by text
) RETURNS shreddings LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
  doomed uuid[];
  made shreddings;
BEGIN
  PERFORM lock_holds(p_ledger);
  SELECT array_agg(k.id) INTO doomed FROM (
    SELECT id FROM content_keys
     WHERE ledger_id = p_ledger AND shredded_at IS NULL
       AND CASE p_kind WHEN 'conversation' THEN conversation_id = p_value AND conversation_id <> '' WHEN 'subject' THEN subject_id = p_value AND subject_id <> '' END
     ORDER BY id FOR UPDATE
  ) k;
  IF EXISTS (SELECT FROM holds_against(p_ledger, p_kind, p_value)) THEN
    RAISE EXCEPTION 'holdfast: a legal hold is on it' USING ERRCODE = 'HF011';
  END IF;
  INSERT INTO shreddings (id, ledger_id, scope_kind, scope_value, authority, reason, requested_by, keys, parts, backups_until)
    SELECT p_id, p_ledger, p_kind, p_value, p_authority, p_reason, p_by, coalesce(cardinality(doomed), 0),
           (SELECT count(*) FROM content_parts c WHERE c.ledger_id = p_ledger AND c.key_id = ANY (doomed)),
           now() + coalesce((SELECT s.backup_horizon_days FROM content_settings s WHERE s.ledger_id = p_ledger), 35) * interval '1 day'
    RETURNING * INTO made;
  UPDATE content_keys SET wrapped = NULL, kek_id = NULL, shredded_at = made.at, shredding_id = p_id WHERE ledger_id = p_ledger AND id = ANY (doomed);
  RETURN made;
END $$;

REVOKE ALL ON FUNCTION seed_retention, save_retention, lock_holds, begin_scope, keep_hold, keep_retention_trigger, unmapped_of, day_recorded, held_people, scopes_over, held_positions, retention_groups,
  add_retention, reach_archived, count_retention, retention_settled, retention_pruned, retention_blocks_pruned, note_traces, hold_reaches, retention_restored,
  holds_against FROM PUBLIC;
GRANT EXECUTE ON FUNCTION save_retention, lock_holds, count_retention, held_positions, holds_against, day_recorded, unmapped_of, scopes_over TO holdfast_app;
GRANT EXECUTE ON FUNCTION held_positions, day_recorded TO holdfast_pruner;
GRANT SELECT ON retention_versions, retention_scopes, retention_triggers, retention_classes, retention_counts, retention_reach, retention_progress, retention_dirty, retention_traces,
  conversation_people TO holdfast_app;
GRANT INSERT ON retention_triggers TO holdfast_app;
GRANT UPDATE (withdrawn_by, withdrawn_at, withdraw_reason) ON retention_triggers TO holdfast_app;
-- A hold stands when it is placed, and nobody has asked for its release.
REVOKE INSERT, UPDATE ON legal_holds FROM holdfast_app;
GRANT INSERT (ledger_id, matter, scope_kind, scope_value, scope_type, scope_from, scope_to, custodian, reason, placed_by, placed_by_id) ON legal_holds TO holdfast_app;
GRANT UPDATE (release_asked_by, release_asked_by_id, release_asked_at, release_asked_reason, released_by, released_by_id, released_at, release_reason)
  ON legal_holds TO holdfast_app;
RESET ROLE;
