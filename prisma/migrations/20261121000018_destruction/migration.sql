SET ROLE holdfast_owner;

-- Destruction at the end of life: asked for by one person, approved by another, carried out in short transactions that ask for holds last, and told in a certificate that
-- the ledger's keys sign (docs/destruction.md). Entries stay. What is written here excuses no missing body by itself: verification holds it against the certificate
-- and against the access ledger.
CREATE TABLE destructions (
  id uuid PRIMARY KEY,
  ledger_id int NOT NULL REFERENCES ledgers (id),
  -- As people name it: destruction #3.
  number int NOT NULL CHECK (number >= 1),
  scope_kind text NOT NULL CHECK (scope_kind IN ('conversation', 'subject', 'policy', 'range')),
  -- '' for a range.
  scope_value text COLLATE "C" NOT NULL,
  -- Of a policy: what it keeps no longer than that day.
  scope_until date,
  scope_from bigint,
  scope_to bigint,
  state text NOT NULL DEFAULT 'requested'
    CHECK (state IN ('requested', 'withdrawn', 'declined', 'approved', 'running', 'failed', 'pending_objects', 'done')),
  authority text NOT NULL,
  reason text NOT NULL,
  -- What it names: records that were past their minimum and under no hold when it was asked for. Which of these go is decided anew when it is carried out.
  records bigint NOT NULL CHECK (records >= 1),
  -- SHA-256 of the positions, as PostgreSQL writes an int8multirange. The access ledger has it too.
  positions_sha256 bytea NOT NULL CHECK (octet_length(positions_sha256) = 32),
  -- What of the scope was looked at and not named, by why; whether all of the scope was looked at.
  found jsonb NOT NULL,
  requested_by text NOT NULL,
  requested_by_id uuid NOT NULL REFERENCES users (id),
  requested_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  approved_by text,
  approved_by_id uuid REFERENCES users (id),
  approved_at timestamptz(3),
  -- What was decided anew when it was approved.
  approved_found jsonb,
  closed_by text,
  closed_by_id uuid REFERENCES users (id),
  closed_at timestamptz(3),
  close_reason text,
  job_id uuid REFERENCES jobs (id),
  started_at timestamptz(3),
  finished_at timestamptz(3),
  -- In a sentence; what stopped it where something did.
  outcome text,
  destroyed bigint NOT NULL DEFAULT 0,
  parts bigint NOT NULL DEFAULT 0,
  UNIQUE (ledger_id, number),
  CONSTRAINT destructions_scope CHECK ((scope_kind = 'policy') = (scope_until IS NOT NULL) AND (scope_kind = 'range') = (scope_from IS NOT NULL)
    AND (scope_kind = 'range') = (scope_to IS NOT NULL) AND (scope_kind = 'range') = (scope_value = '') AND scope_from <= scope_to),
  CONSTRAINT destructions_second_person CHECK (approved_by_id <> requested_by_id),
  CONSTRAINT destructions_approved CHECK (num_nulls(approved_by, approved_by_id, approved_at, approved_found) IN (0, 4)),
  CONSTRAINT destructions_closed CHECK (num_nulls(closed_by, closed_by_id, closed_at) = CASE WHEN state IN ('withdrawn', 'declined') THEN 0 ELSE 3 END),
  CONSTRAINT destructions_carried_out CHECK (state IN ('requested', 'withdrawn', 'declined') OR approved_by_id IS NOT NULL)
);
CREATE INDEX destructions_ledger ON destructions (ledger_id, requested_at);
CREATE INDEX destructions_waiting ON destructions (ledger_id) WHERE state = 'requested';

-- Which records, in blocks of 32,768 positions: what was asked for, what of it is destroyed, and what was left and why.
CREATE TABLE destruction_items (
  destruction_id uuid NOT NULL REFERENCES destructions (id),
  ledger_id int NOT NULL,
  block int NOT NULL,
  seqs int8multirange NOT NULL,
  destroyed int8multirange NOT NULL DEFAULT '{}',
  held int8multirange NOT NULL DEFAULT '{}',
  not_due int8multirange NOT NULL DEFAULT '{}',
  -- Altered, or what the archive holds of them cannot be had.
  unsound int8multirange NOT NULL DEFAULT '{}',
  -- Numbers of the holds that kept some of them.
  holds int[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (ledger_id, block, destruction_id),
  CHECK (destroyed <@ seqs)
);
CREATE INDEX destruction_items_of ON destruction_items (destruction_id, block);

-- Where the destroyed records of a conversation stood.
CREATE TABLE destroyed_conversations (
  ledger_id int NOT NULL,
  conversation_id text COLLATE "C" NOT NULL,
  destruction_id uuid NOT NULL REFERENCES destructions (id),
  seqs int8multirange NOT NULL,
  PRIMARY KEY (ledger_id, conversation_id, destruction_id)
);

-- Archive objects in which destroyed records lie, until they are deleted.
CREATE TABLE destruction_objects (
  destruction_id uuid NOT NULL REFERENCES destructions (id),
  ledger_id int NOT NULL,
  number bigint NOT NULL,
  -- Of this destruction, in that object.
  records int NOT NULL,
  -- shared: others in it are not destroyed. locked: until its lock ends. held: a hold came on it. removed: this version is deleted.
  state text NOT NULL DEFAULT 'shared' CHECK (state IN ('shared', 'locked', 'held', 'unreachable', 'removed')),
  until timestamptz(3),
  removed_at timestamptz(3),
  PRIMARY KEY (destruction_id, number),
  FOREIGN KEY (ledger_id, number) REFERENCES archive_segments (ledger_id, number),
  CHECK ((state = 'removed') = (removed_at IS NOT NULL))
);
CREATE INDEX destruction_objects_segment ON destruction_objects (ledger_id, number);
CREATE INDEX destruction_objects_open ON destruction_objects (ledger_id, until) WHERE state <> 'removed';
-- When it was deleted; when whether it may be was last asked; and the transaction in which it was found free to go.
ALTER TABLE archive_segments ADD COLUMN removed_at timestamptz(3), ADD COLUMN removal_asked_at timestamptz(3), ADD COLUMN removal_free xid8;

-- Signed notes; the last one holds.
CREATE TABLE destruction_certificates (
  destruction_id uuid NOT NULL REFERENCES destructions (id),
  version int NOT NULL CHECK (version >= 1),
  ledger_id int NOT NULL,
  note bytea NOT NULL CHECK (octet_length(note) <= 524288),
  sha256 bytea NOT NULL CHECK (sha256 = sha256(note)),
  issued_at timestamptz(3) NOT NULL,
  PRIMARY KEY (destruction_id, version)
);
CALL guard_table('destruction_certificates');
CREATE INDEX content_keys_shredding ON content_keys (shredding_id) WHERE shredding_id IS NOT NULL;

-- A request stands as it was made, and goes its way forward. For every role.
CREATE FUNCTION keep_destruction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF (OLD.id, OLD.ledger_id, OLD.number, OLD.scope_kind, OLD.scope_value, OLD.scope_until, OLD.scope_from, OLD.scope_to, OLD.authority, OLD.reason, OLD.records,
        OLD.positions_sha256, OLD.found, OLD.requested_by, OLD.requested_by_id, OLD.requested_at)
       IS NOT DISTINCT FROM
       (NEW.id, NEW.ledger_id, NEW.number, NEW.scope_kind, NEW.scope_value, NEW.scope_until, NEW.scope_from, NEW.scope_to, NEW.authority, NEW.reason, NEW.records,
        NEW.positions_sha256, NEW.found, NEW.requested_by, NEW.requested_by_id, NEW.requested_at)
       AND (OLD.approved_at IS NULL OR (OLD.approved_by, OLD.approved_by_id, OLD.approved_at, OLD.approved_found)
                                       IS NOT DISTINCT FROM (NEW.approved_by, NEW.approved_by_id, NEW.approved_at, NEW.approved_found))
       AND OLD.state || '>' || NEW.state IN (
         'requested>withdrawn', 'requested>declined', 'requested>approved', 'approved>approved', 'approved>running', 'approved>failed', 'running>running', 'running>failed', 'failed>running',
         'failed>failed', 'running>pending_objects', 'running>done', 'pending_objects>pending_objects', 'pending_objects>done') THEN
      RETURN NEW;
    END IF;
    RAISE EXCEPTION 'holdfast: % > % of a destruction is refused', OLD.state, NEW.state USING ERRCODE = 'HF001';
  END IF;
  RAISE EXCEPTION 'holdfast: % on % is refused: what was asked for stays told', TG_OP, TG_TABLE_NAME USING ERRCODE = 'HF001';
END $$;
-- What is destroyed does not become less.
CREATE FUNCTION keep_destroyed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'destruction_items' THEN
    IF OLD.seqs = NEW.seqs AND OLD.destroyed <@ NEW.destroyed AND (OLD.destruction_id, OLD.ledger_id, OLD.block) = (NEW.destruction_id, NEW.ledger_id, NEW.block) THEN
      RETURN NEW;
    END IF;
  ELSIF TG_OP = 'UPDATE' THEN
    IF OLD.seqs <@ NEW.seqs AND (OLD.ledger_id, OLD.conversation_id, OLD.destruction_id) = (NEW.ledger_id, NEW.conversation_id, NEW.destruction_id) THEN RETURN NEW; END IF;
  END IF;
  RAISE EXCEPTION 'holdfast: % on % is refused: what was destroyed stays told', TG_OP, TG_TABLE_NAME USING ERRCODE = 'HF001';
END $$;
DO $$
DECLARE
  t text;
  f text;
BEGIN
  FOREACH t IN ARRAY ARRAY['destructions', 'destruction_items', 'destroyed_conversations'] LOOP
    f := CASE t WHEN 'destructions' THEN 'keep_destruction' ELSE 'keep_destroyed' END;
    EXECUTE format('CREATE TRIGGER append_only_row BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION %I()', t, f);
    EXECUTE format('CREATE TRIGGER append_only_statement BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION %I()', t, f);
    EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER append_only_row, ENABLE ALWAYS TRIGGER append_only_statement', t);
  END LOOP;
END $$;

-- Which of these positions are destroyed, and by what.
CREATE FUNCTION destroyed_of(p_ledger int, p_seqs bigint[]) RETURNS TABLE (seq bigint, destruction_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
  SELECT u, i.destruction_id FROM unnest(p_seqs) u JOIN destruction_items i ON i.ledger_id = p_ledger AND i.block = (u / 32768)::int AND i.destroyed @> u
$$;

-- What decisions are made by besides the records: two that differ were made by other policies, registries or trigger events.
CREATE FUNCTION rules_in_force(p_ledger int) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT concat_ws('/', (SELECT max(version) FROM retention_versions WHERE ledger_id = p_ledger),
                   coalesce((SELECT max(version) FROM registry_versions WHERE ledger_id = p_ledger), 0),
                   (SELECT count(*) FROM retention_triggers WHERE ledger_id = p_ledger),
                   (SELECT count(*) FROM retention_triggers WHERE ledger_id = p_ledger AND withdrawn_at IS NOT NULL))
$$;

-- Of records that are in the archive alone, from what their bodies say: the standing scopes that reach them (scopes_over says it of those that are here).
CREATE FUNCTION scopes_over_archived(p_ledger int, p_facts jsonb) RETURNS TABLE (seq bigint, mark int, use text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
  WITH facts AS MATERIALIZED (
    SELECT f.*, day_recorded(e.received_at_us) AS recorded_day,
           (SELECT c.subject_id FROM conversations c WHERE c.ledger_id = p_ledger AND c.conversation_id = f.conversation_id) AS about
      FROM jsonb_to_recordset(p_facts) AS f (seq bigint, conversation_id text, subject_id text, actor_id text, agent_name text, resource_type text, resource_id text, event_day date)
      JOIN entries e ON e.ledger_id = p_ledger AND e.seq = f.seq
  )
  SELECT DISTINCT f.seq, s.mark, s.use FROM facts f CROSS JOIN LATERAL (
    SELECT s.mark, s.use FROM retention_scopes s WHERE s.ledger_id = p_ledger AND s.standing AND s.kind = 'conversation' AND s.value = f.conversation_id
    UNION ALL SELECT s.mark, s.use FROM retention_scopes s WHERE s.ledger_id = p_ledger AND s.standing AND s.kind = 'subject' AND s.value IN (f.subject_id, f.about)
    UNION ALL SELECT s.mark, s.use FROM conversation_people p JOIN retention_scopes s
               ON s.ledger_id = p_ledger AND s.standing AND s.use = 'hold' AND s.kind = 'subject' AND s.value = p.subject_id
               WHERE p.ledger_id = p_ledger AND p.conversation_id = f.conversation_id
    UNION ALL SELECT s.mark, s.use FROM retention_scopes s
               WHERE s.ledger_id = p_ledger AND s.standing AND s.kind = 'resource' AND s.value = f.resource_id AND s.type = f.resource_type
    UNION ALL SELECT s.mark, s.use FROM retention_scopes s WHERE s.ledger_id = p_ledger AND s.standing AND s.kind = 'actor' AND s.value = f.actor_id
    UNION ALL SELECT s.mark, s.use FROM retention_scopes s WHERE s.ledger_id = p_ledger AND s.standing AND s.kind = 'agent' AND s.value = f.agent_name
    UNION ALL SELECT s.mark, s.use FROM retention_scopes s
               WHERE s.ledger_id = p_ledger AND s.standing AND s.kind = 'time' AND s.value = ''
                 AND (f.event_day BETWEEN s.day_from AND s.day_to OR f.recorded_day BETWEEN s.day_from AND s.day_to)
  ) s
$$;

-- Records with words of a conversation that a hold reaches anywhere: its words are kept as a whole, as they are from shredding.
CREATE FUNCTION words_held(p_ledger int, p_seqs bigint[], p_talks text[]) RETURNS TABLE (seq bigint, hold uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM retention_scopes s WHERE s.ledger_id = p_ledger AND s.standing AND s.use = 'hold') THEN RETURN; END IF;
  RETURN QUERY
  WITH worded AS MATERIALIZED (
    SELECT u.at, u.talk FROM unnest(p_seqs, p_talks) AS u (at, talk) JOIN entries e ON e.ledger_id = p_ledger AND e.seq = u.at
     WHERE u.talk <> '' AND EXISTS (SELECT FROM content_parts p WHERE p.ledger_id = p_ledger AND p.record_id = e.id)
  ), talks AS MATERIALIZED (SELECT DISTINCT w.talk FROM worded w),
  held AS MATERIALIZED (SELECT t.talk, h AS hold FROM talks t, holds_against(p_ledger, 'conversation', t.talk) h)
  SELECT w.at, h.hold FROM worded w JOIN held h ON h.talk = w.talk;
END $$;

-- As before (migration "exports_with_words"); what was destroyed is no retry of anything any more either.
CREATE OR REPLACE FUNCTION append_with_content(
  p_ledger int,
  p_ids uuid[], p_bodies bytea[], p_submitted bytea[],
  p_occurred timestamptz[], p_action text[], p_actor text[], p_actor_type text[], p_conversation text[],
  p_agent text[], p_resource_type text[], p_resource_id text[], p_subject text[], p_outcome text[], p_class smallint[],
  p_conv int[], p_ord int[],
  c_ids text[], c_count int[], c_first int[], c_last int[], c_first_at timestamptz[], c_last_at timestamptz[], c_agent text[], c_user text[], c_subject text[],
  c_class smallint[], c_seq_max bigint[], c_seq_count int[], c_ended boolean[], c_seqs int8multirange[],
  p_tool text[], p_model text[], p_domains text[], p_phi boolean[],
  k_record int[], k_index smallint[], k_part text[], k_key uuid[], k_nonce bytea[], k_hash bytea[], k_ciphertext bytea[],
  OUT o_first bigint, OUT o_received_us bigint, OUT o_previous bytea, OUT o_hashes bytea, OUT o_bases bigint[],
  OUT o_dup_ids uuid[], OUT o_dup_submitted bytea[], OUT o_dup_seqs bigint[], OUT o_dup_received_us bigint[],
  OUT o_dup_previous bytea[], OUT o_dup_hashes bytea[], OUT o_dup_conversation_seqs bigint[]
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET standard_conforming_strings = on
  SET enable_seqscan = off SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  alive int;
BEGIN
  -- Held until the end: who destroys or gives out a key waits, and finds these parts. In one order, before the ledger's lock.
  SELECT count(*) INTO alive FROM (
    SELECT FROM content_keys k WHERE k.ledger_id = p_ledger AND k.id = ANY (k_key) AND k.shredded_at IS NULL AND k.retired_at IS NULL ORDER BY k.id FOR SHARE
  ) held;
  IF alive <> (SELECT count(DISTINCT u) FROM unnest(k_key) u) THEN
    RAISE EXCEPTION 'holdfast: a data key was destroyed, or seals nothing more' USING ERRCODE = 'HF010';
  END IF;
  SELECT * INTO o_first, o_received_us, o_previous, o_hashes, o_bases, o_dup_ids, o_dup_submitted, o_dup_seqs, o_dup_received_us, o_dup_previous, o_dup_hashes,
                o_dup_conversation_seqs
    FROM append_entries(p_ledger, p_ids, p_bodies, p_submitted, p_occurred, p_action, p_actor, p_actor_type, p_conversation, p_agent, p_resource_type,
                        p_resource_id, p_subject, p_outcome, p_class, p_conv, p_ord, c_ids, c_count, c_first, c_last, c_first_at, c_last_at, c_agent, c_user,
                        c_subject, c_class, c_seq_max, c_seq_count, c_ended, c_seqs, p_tool, p_model, p_domains, p_phi);
  IF o_dup_ids IS NOT NULL THEN
    -- Whose words were destroyed is no retry of anything any more: it would tell whoever guesses them that they guessed right.
    SELECT array_agg(CASE WHEN EXISTS (
             SELECT FROM content_parts p JOIN content_keys k ON k.ledger_id = p.ledger_id AND k.id = p.key_id
              WHERE p.ledger_id = p_ledger AND p.record_id = d.id AND k.shredded_at IS NOT NULL)
             OR EXISTS (SELECT FROM destroyed_of(p_ledger, ARRAY[d.seq])) THEN ''::bytea ELSE d.submitted END ORDER BY d.n)
      INTO o_dup_submitted FROM unnest(o_dup_ids, o_dup_submitted, o_dup_seqs) WITH ORDINALITY d(id, submitted, seq, n);
    RETURN;
  END IF;
  INSERT INTO content_parts (ledger_id, record_id, part_index, part, key_id, nonce, ciphertext_sha256, ciphertext)
    SELECT p_ledger, p_ids[u.record], u.index, u.part, u.key, u.nonce, u.hash, u.ciphertext
      FROM (SELECT unnest(k_record) AS record, unnest(k_index) AS index, unnest(k_part) AS part, unnest(k_key) AS key, unnest(k_nonce) AS nonce,
                   unnest(k_hash) AS hash, unnest(k_ciphertext) AS ciphertext) u;
END $$;

-- A request with all that it names. HF026: of an access ledger, which is the record of what was done, nothing is destroyed.
CREATE FUNCTION request_destruction(
  p_id uuid, p_ledger int, p_kind text, p_value text, p_until date, p_from bigint, p_to bigint, p_authority text, p_reason text, p_positions text, p_found jsonb,
  p_by text, p_by_id uuid
) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
  named int8multirange := p_positions::int8multirange;
  given int;
BEGIN
  PERFORM lock_holds(p_ledger);
  IF (SELECT kind FROM ledgers WHERE id = p_ledger) = 'access' THEN
    RAISE EXCEPTION 'holdfast: an access ledger is not destroyed' USING ERRCODE = 'HF026';
  END IF;
  IF (SELECT sum(upper(r) - lower(r)) FROM unnest(named) r) > 100000 THEN RAISE EXCEPTION 'holdfast: a request names 100,000 records at most' USING ERRCODE = 'HF024'; END IF;
  INSERT INTO destructions (id, ledger_id, number, scope_kind, scope_value, scope_until, scope_from, scope_to, authority, reason, records, positions_sha256, found,
                            requested_by, requested_by_id)
    SELECT p_id, p_ledger, coalesce((SELECT max(number) FROM destructions WHERE ledger_id = p_ledger), 0) + 1, p_kind, p_value, p_until, p_from, p_to, p_authority,
           p_reason, (SELECT sum(upper(r) - lower(r)) FROM unnest(named) r), sha256(convert_to(p_positions, 'UTF8')), p_found, p_by, p_by_id
    RETURNING number INTO given;
  INSERT INTO destruction_items (destruction_id, ledger_id, block, seqs)
    SELECT p_id, p_ledger, b, range_agg(r * int8range(b::bigint * 32768, (b::bigint + 1) * 32768))
      FROM unnest(named) r, generate_series((lower(r) / 32768)::int, ((upper(r) - 1) / 32768)::int) b GROUP BY b;
  RETURN given;
END $$;

-- By a compliance officer who is not the one who asked: HF012. HF024: it does not wait for that.
CREATE FUNCTION approve_destruction(p_id uuid, p_ledger int, p_job uuid, p_found jsonb, p_by text, p_by_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE d destructions;
BEGIN
  SELECT * INTO d FROM destructions WHERE id = p_id AND ledger_id = p_ledger FOR UPDATE;
  IF d.state IS DISTINCT FROM 'requested' THEN RAISE EXCEPTION 'holdfast: this does not wait for an approval' USING ERRCODE = 'HF024'; END IF;
  IF p_by_id = d.requested_by_id OR lower(p_by) = lower(d.requested_by)
     OR NOT EXISTS (SELECT FROM memberships m JOIN users u ON u.id = m.user_id
                     WHERE m.user_id = p_by_id AND m.ledger_id = p_ledger AND m.role = 'compliance_officer' AND u.disabled_at IS NULL) THEN
    RAISE EXCEPTION 'holdfast: a destruction is approved by another compliance officer than the one who asked for it' USING ERRCODE = 'HF012';
  END IF;
  UPDATE destructions SET state = 'approved', approved_by = p_by, approved_by_id = p_by_id, approved_at = clock_timestamp(), approved_found = p_found, job_id = p_job
   WHERE id = p_id;
END $$;

-- Withdrawn by the one who asked, or declined by another.
CREATE FUNCTION close_destruction(p_id uuid, p_ledger int, p_state text, p_reason text, p_by text, p_by_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE destructions SET state = p_state, closed_by = p_by, closed_by_id = p_by_id, closed_at = clock_timestamp(), close_reason = p_reason
   WHERE id = p_id AND ledger_id = p_ledger AND state = 'requested' AND p_state IN ('withdrawn', 'declined') AND (p_state = 'withdrawn') = (p_by_id = requested_by_id);
  IF NOT FOUND THEN RAISE EXCEPTION 'holdfast: this is not to be closed' USING ERRCODE = 'HF024'; END IF;
END $$;

-- Another job for one that was stopped, by a fault or by a person.
CREATE FUNCTION resume_destruction(p_id uuid, p_ledger int, p_job uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE destructions d SET job_id = p_job WHERE d.id = p_id AND d.ledger_id = p_ledger AND d.state IN ('approved', 'running', 'failed')
     AND EXISTS (SELECT FROM jobs j WHERE j.id = d.job_id AND j.state IN ('failed', 'cancelled'));
  IF NOT FOUND THEN RAISE EXCEPTION 'holdfast: this is not to be taken up again' USING ERRCODE = 'HF024'; END IF;
END $$;

-- HF024: not approved by two people, or these are not what was asked for.
CREATE FUNCTION assert_destroyable(p_id uuid, p_ledger int, p_seqs bigint[]) RETURNS int LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  d destructions;
  low int := (p_seqs[1] / 32768)::int;
  item destruction_items;
BEGIN
  SELECT * INTO d FROM destructions WHERE id = p_id AND ledger_id = p_ledger FOR UPDATE;
  IF d.state IS DISTINCT FROM 'running' OR d.approved_by_id IS NULL OR d.approved_by_id = d.requested_by_id THEN
    RAISE EXCEPTION 'holdfast: this destruction is not under way' USING ERRCODE = 'HF024';
  END IF;
  SELECT * INTO item FROM destruction_items WHERE ledger_id = p_ledger AND block = low AND destruction_id = p_id FOR UPDATE;
  -- Ascending, so that none stands twice and is counted twice.
  IF cardinality(p_seqs) > 2000 OR item.block IS NULL OR p_seqs IS DISTINCT FROM ARRAY(SELECT DISTINCT u FROM unnest(p_seqs) u ORDER BY u)
     OR EXISTS (SELECT FROM unnest(p_seqs) u WHERE u / 32768 <> low OR NOT item.seqs @> u OR item.destroyed @> u) THEN
    RAISE EXCEPTION 'holdfast: these records are not what was approved' USING ERRCODE = 'HF024';
  END IF;
  IF EXISTS (SELECT FROM archive_segments s WHERE s.ledger_id = p_ledger AND s.state IN ('planned', 'uploaded') AND s.first_seq <= p_seqs[cardinality(p_seqs)]
                AND s.last_seq >= p_seqs[1] AND EXISTS (SELECT FROM unnest(p_seqs) u WHERE s.seqs @> u)) THEN
    RAISE EXCEPTION 'holdfast: some of these records are on their way to the archive' USING ERRCODE = 'HF022';
  END IF;
  RETURN low;
END $$;

-- HF025: they were decided by other rules than those that are in force. Under the lock that holds are placed under, like what follows.
CREATE FUNCTION assert_rules(p_ledger int, p_rules text) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF rules_in_force(p_ledger) IS DISTINCT FROM p_rules THEN RAISE EXCEPTION 'holdfast: the rules have changed' USING ERRCODE = 'HF025'; END IF;
END $$;

-- Words and their keys: what of a conversation is still kept keeps its key; a key whose last words go is destroyed, and with either go the bundles that hold them.
CREATE FUNCTION destroy_words(p_ledger int, p_id uuid, p_seqs bigint[]) RETURNS bigint LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  ids uuid[] := ARRAY(SELECT e.id FROM unnest(p_seqs) u JOIN entries e ON e.ledger_id = p_ledger AND e.seq = u);
  keys uuid[] := ARRAY(SELECT DISTINCT c.key_id FROM content_parts c WHERE c.ledger_id = p_ledger AND c.record_id = ANY (ids));
  gone bigint;
BEGIN
  PERFORM FROM content_keys k WHERE k.ledger_id = p_ledger AND k.id = ANY (keys) ORDER BY k.id FOR UPDATE;
  -- Whoever was indexing these words has ended now.
  DELETE FROM word_tokens w WHERE w.ledger_id = p_ledger AND w.seq = ANY (p_seqs);
  IF keys = '{}' THEN RETURN 0; END IF;
  UPDATE exports e SET shredded_at = clock_timestamp(), shredding_id = p_id
    FROM export_words w WHERE w.ledger_id = p_ledger AND w.key_id = ANY (keys) AND e.id = w.export_id AND e.shredded_at IS NULL;
  DELETE FROM export_pieces p USING export_words w WHERE w.ledger_id = p_ledger AND w.key_id = ANY (keys) AND p.export_id = w.export_id;
  DELETE FROM content_parts c WHERE c.ledger_id = p_ledger AND c.record_id = ANY (ids);
  GET DIAGNOSTICS gone = ROW_COUNT;
  UPDATE content_keys k SET wrapped = NULL, kek_id = NULL, shredded_at = clock_timestamp(), shredding_id = p_id, subject_id = ''
   WHERE k.ledger_id = p_ledger AND k.id = ANY (keys) AND k.shredded_at IS NULL
     AND NOT EXISTS (SELECT FROM content_parts c WHERE c.ledger_id = p_ledger AND c.key_id = k.id);
  RETURN gone;
END $$;

-- Told where they stood; a conversation of which nothing is left anywhere forgets whom it was with and about.
CREATE FUNCTION note_destroyed(p_id uuid, p_ledger int, p_block int, p_seqs bigint[], p_talks text[], p_parts bigint) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  PERFORM drop_governing(p_ledger, p_seqs);
  UPDATE destruction_items i SET destroyed = i.destroyed + g.seqs, held = i.held - g.seqs, not_due = i.not_due - g.seqs, unsound = i.unsound - g.seqs
    FROM (SELECT range_agg(int8range(u, u, '[]')) AS seqs FROM unnest(p_seqs) u) g
   WHERE i.ledger_id = p_ledger AND i.block = p_block AND i.destruction_id = p_id;
  UPDATE destructions SET destroyed = destroyed + cardinality(p_seqs), parts = parts + p_parts WHERE id = p_id;
  INSERT INTO destroyed_conversations AS c (ledger_id, conversation_id, destruction_id, seqs)
    SELECT p_ledger, u.talk, p_id, range_agg(int8range(u.seq, u.seq, '[]')) FROM unnest(p_seqs, p_talks) AS u (seq, talk) WHERE u.talk <> '' GROUP BY 2
    ON CONFLICT (ledger_id, conversation_id, destruction_id) DO UPDATE SET seqs = c.seqs + EXCLUDED.seqs;
  PERFORM forget_people(p_ledger, p_talks);
END $$;

CREATE FUNCTION forget_people(p_ledger int, p_talks text[]) RETURNS void LANGUAGE sql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
  WITH over AS (
    SELECT c.conversation_id FROM conversations c
     WHERE c.ledger_id = p_ledger AND c.conversation_id IN (SELECT DISTINCT u FROM unnest(p_talks) u WHERE u <> '')
       AND c.record_count = (SELECT coalesce(sum(upper(r) - lower(r)), 0) FROM destroyed_conversations x, unnest(x.seqs) r
                              WHERE x.ledger_id = p_ledger AND x.conversation_id = c.conversation_id)
       -- A hold that comes on them later has to find what still lies in locked objects.
       AND NOT EXISTS (SELECT FROM archive_conversations a JOIN archive_segments s ON s.ledger_id = p_ledger AND s.number = a.number AND s.removed_at IS NULL
                        WHERE a.ledger_id = p_ledger AND a.conversation_id = c.conversation_id)
     -- Who appends to one meanwhile is waited for, and then it is counted anew.
     ORDER BY c.conversation_id FOR UPDATE OF c
  ), others AS (
    DELETE FROM conversation_people p USING over o WHERE p.ledger_id = p_ledger AND p.conversation_id = o.conversation_id
  )
  UPDATE conversations c SET user_id = NULL, subject_id = NULL FROM over o
   WHERE c.ledger_id = p_ledger AND c.conversation_id = o.conversation_id AND (c.user_id IS NOT NULL OR c.subject_id IS NOT NULL)
$$;

-- Destroys records that are here, of one block, at most 2,000 of them. HF011: a hold is on one. HF021: a body is not the one that its entry names. HF022: they are not
-- here. HF023: they were not counted yet. HF024, HF025 as above.
CREATE FUNCTION destroy_records(p_ledger int, p_fence bigint, p_id uuid, p_rules text, p_seqs bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  at int;
  talks text[];
  found int;
  altered bigint;
BEGIN
  PERFORM assert_leaves(p_ledger);
  PERFORM assert_archive_lease(p_ledger, p_fence);
  at := assert_destroyable(p_id, p_ledger, p_seqs);
  SELECT count(*), array_agg(coalesce(r.conversation_id, '') ORDER BY u.n) INTO found, talks
    FROM unnest(p_seqs) WITH ORDINALITY u (seq, n) JOIN records r ON r.ledger_id = p_ledger AND r.seq = u.seq;
  IF found <> cardinality(p_seqs) THEN RAISE EXCEPTION 'holdfast: not all of these records are here' USING ERRCODE = 'HF022'; END IF;
  SELECT r.seq INTO altered FROM unnest(p_seqs) u JOIN records r ON r.ledger_id = p_ledger AND r.seq = u JOIN entries e ON e.ledger_id = p_ledger AND e.seq = u
   WHERE sha256(r.body) <> e.body_hash LIMIT 1;
  PERFORM assert_prunable(p_ledger, p_seqs[cardinality(p_seqs)], altered);
  INSERT INTO archived_counts AS c (ledger_id, day, action, count)
    SELECT p_ledger, (r.occurred_at AT TIME ZONE 'UTC')::date, r.action, count(*) FROM unnest(p_seqs) u JOIN records r ON r.ledger_id = p_ledger AND r.seq = u GROUP BY 2, 3
    ON CONFLICT (ledger_id, day, action) DO UPDATE SET count = c.count + EXCLUDED.count;
  INSERT INTO retention_progress (ledger_id) VALUES (p_ledger) ON CONFLICT DO NOTHING;
  PERFORM FROM retention_progress WHERE ledger_id = p_ledger FOR UPDATE;
  PERFORM add_retention(p_ledger, NULL, NULL, p_seqs, 'destroyed');
  INSERT INTO retention_dirty SELECT DISTINCT p_ledger, u / 32768 FROM unnest(p_seqs) u ON CONFLICT DO NOTHING;
  PERFORM assert_unheld(p_ledger, p_seqs);
  IF EXISTS (SELECT FROM words_held(p_ledger, p_seqs, talks)) THEN RAISE EXCEPTION 'holdfast: a legal hold is on the words of one of these records' USING ERRCODE = 'HF011'; END IF;
  PERFORM assert_rules(p_ledger, p_rules);
  -- A hold that comes later has to find the objects that still have them: what is not noted of them yet nobody could note any more.
  PERFORM note_traces(p_ledger, ARRAY(
    SELECT u FROM unnest(p_seqs) u JOIN archive_segments s ON s.ledger_id = p_ledger AND s.seqs @> u
     WHERE s.first_seq BETWEEN p_seqs[1] / 262144 * 262144 AND p_seqs[cardinality(p_seqs)] AND s.last_seq >= p_seqs[1] AND s.state = 'confirmed' AND s.noted_to < u));
  INSERT INTO prune_permits (xid) VALUES (pg_current_xact_id());
  PERFORM note_destroyed(p_id, p_ledger, at, p_seqs, talks, destroy_words(p_ledger, p_id, p_seqs));
  EXECUTE format('DELETE FROM public.%I WHERE ledger_id = $1 AND seq = ANY ($2)', format('records_l%s_b%s', p_ledger, p_seqs[1] / 262144)) USING p_ledger, p_seqs;
  DELETE FROM prune_permits WHERE xid = pg_current_xact_id();
  -- Those that were put back, or not pruned yet, lie in an object too.
  PERFORM note_objects(p_id, p_ledger, p_seqs);
END $$;

CREATE FUNCTION note_objects(p_id uuid, p_ledger int, p_seqs bigint[]) RETURNS void LANGUAGE sql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
  INSERT INTO destruction_objects AS o (destruction_id, ledger_id, number, records)
    SELECT p_id, p_ledger, s.number, count(*) FROM archive_segments s JOIN unnest(p_seqs) u ON s.seqs @> u
     WHERE s.ledger_id = p_ledger AND s.state IN ('confirmed', 'pruned')
       AND s.first_seq BETWEEN p_seqs[1] / 262144 * 262144 AND p_seqs[cardinality(p_seqs)] AND s.last_seq >= p_seqs[1] GROUP BY s.number
    ON CONFLICT (destruction_id, number) DO UPDATE SET records = o.records + EXCLUDED.records
$$;

-- The same of records that are in the archive alone, of one segment and one block, by what their verified bodies say.
CREATE FUNCTION destroy_archived(p_ledger int, p_fence bigint, p_id uuid, p_rules text, p_number bigint, p_facts jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  at int;
  seqs bigint[];
  talks text[];
  s archive_segments;
BEGIN
  PERFORM assert_leaves(p_ledger);
  PERFORM assert_archive_lease(p_ledger, p_fence);
  SELECT array_agg(f.seq ORDER BY f.seq), array_agg(coalesce(f.conversation_id, '') ORDER BY f.seq) INTO seqs, talks
    FROM jsonb_to_recordset(p_facts) AS f (seq bigint, conversation_id text);
  at := assert_destroyable(p_id, p_ledger, seqs);
  SELECT * INTO s FROM archive_segments WHERE ledger_id = p_ledger AND number = p_number FOR SHARE;
  IF s.state IS NULL OR s.state NOT IN ('confirmed', 'pruned') OR EXISTS (SELECT FROM unnest(seqs) u WHERE NOT s.seqs @> u)
     OR EXISTS (SELECT FROM unnest(seqs) u JOIN records r ON r.ledger_id = p_ledger AND r.seq = u) THEN
    RAISE EXCEPTION 'holdfast: these records are not in segment % alone', p_number USING ERRCODE = 'HF022';
  END IF;
  INSERT INTO retention_progress (ledger_id) VALUES (p_ledger) ON CONFLICT DO NOTHING;
  PERFORM FROM retention_progress WHERE ledger_id = p_ledger FOR UPDATE;
  WITH gone AS MATERIALIZED (
    SELECT (f.seq / 32768)::int AS block, f.event_day, day_recorded(e.received_at_us) AS recorded_day,
           coalesce((SELECT k.id FROM retention_classes k WHERE k.ledger_id = p_ledger AND k.domains = coalesce(f.domains, '') AND k.unmapped = coalesce(f.unmapped, '{}')), 0) AS class,
           count(*) AS count, min(f.seq) AS first_seq, max(f.seq) AS last_seq
      FROM jsonb_to_recordset(p_facts) AS f (seq bigint, event_day date, domains text, unmapped text[]) JOIN entries e ON e.ledger_id = p_ledger AND e.seq = f.seq
     GROUP BY 1, 2, 3, 4
  ), less AS (
    UPDATE retention_counts c SET count = greatest(0, c.count - g.count) FROM gone g
     WHERE c.ledger_id = p_ledger AND c.block = g.block AND c.event_day = g.event_day AND c.recorded_day = g.recorded_day AND c.class = g.class AND c.marks = '{}'
       AND c.state = 'archived'
  )
  INSERT INTO retention_counts AS c (ledger_id, block, event_day, recorded_day, class, marks, state, count, first_seq, last_seq)
    SELECT p_ledger, g.block, g.event_day, g.recorded_day, g.class, '{}', 'destroyed', g.count, g.first_seq, g.last_seq FROM gone g
    ON CONFLICT (ledger_id, block, event_day, recorded_day, class, marks, state)
    DO UPDATE SET count = c.count + EXCLUDED.count, first_seq = least(c.first_seq, EXCLUDED.first_seq), last_seq = greatest(c.last_seq, EXCLUDED.last_seq);
  DELETE FROM retention_counts c WHERE c.ledger_id = p_ledger AND c.block = at AND c.count = 0;
  PERFORM lock_holds(p_ledger);
  IF EXISTS (SELECT FROM scopes_over_archived(p_ledger, p_facts) o WHERE o.use = 'hold') OR EXISTS (SELECT FROM words_held(p_ledger, seqs, talks)) THEN
    RAISE EXCEPTION 'holdfast: a legal hold is on one of these records' USING ERRCODE = 'HF011';
  END IF;
  PERFORM assert_rules(p_ledger, p_rules);
  INSERT INTO prune_permits (xid) VALUES (pg_current_xact_id());
  PERFORM note_destroyed(p_id, p_ledger, at, seqs, talks, destroy_words(p_ledger, p_id, seqs));
  DELETE FROM prune_permits WHERE xid = pg_current_xact_id();
  PERFORM note_objects(p_id, p_ledger, seqs);
END $$;

-- What of a block was left, and why: told in the certificate. Said again at each try.
CREATE FUNCTION destruction_left(p_ledger int, p_fence bigint, p_id uuid, p_block int, p_held text, p_not_due text, p_unsound text, p_holds int[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM assert_archive_lease(p_ledger, p_fence);
  UPDATE destruction_items SET held = p_held::int8multirange, not_due = p_not_due::int8multirange, unsound = p_unsound::int8multirange, holds = p_holds
   WHERE ledger_id = p_ledger AND block = p_block AND destruction_id = p_id;
END $$;

-- approved, failed or running → running; running → failed. HF024: it is at no such step.
CREATE FUNCTION destruction_step(p_ledger int, p_fence bigint, p_id uuid, p_state text, p_outcome text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF p_fence IS NOT NULL THEN PERFORM assert_archive_lease(p_ledger, p_fence); END IF;
  UPDATE destructions SET state = p_state, outcome = p_outcome, started_at = CASE WHEN p_state = 'running' THEN coalesce(started_at, clock_timestamp()) ELSE started_at END
   WHERE id = p_id AND ledger_id = p_ledger AND p_state IN ('running', 'failed') AND state IN ('approved', 'running', 'failed')
     AND approved_by_id IS NOT NULL AND approved_by_id <> requested_by_id;
  IF NOT FOUND THEN RAISE EXCEPTION 'holdfast: this destruction is not to be carried out' USING ERRCODE = 'HF024'; END IF;
END $$;

-- Whether an object may be deleted now: every record in it is destroyed, its lock has ended, and no hold reaches it. Holds are placed under the lock that this takes: call
-- it, delete, and say destruction_object_removed, in one transaction. Returns what stands against it, or free.
CREATE FUNCTION destruction_object_free(p_ledger int, p_number bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE s archive_segments;
BEGIN
  -- First the row, then the lock, as everywhere: whoever prunes has it in that order. Not for its key: whoever destroys names it under the lock.
  SELECT * INTO s FROM archive_segments WHERE ledger_id = p_ledger AND number = p_number FOR NO KEY UPDATE;
  PERFORM lock_holds(p_ledger);
  IF s.number IS NULL THEN RAISE EXCEPTION 'holdfast: there is no segment %', p_number USING ERRCODE = 'HF022'; END IF;
  IF s.removed_at IS NOT NULL THEN RETURN 'removed'; END IF;
  IF NOT s.seqs <@ (SELECT coalesce(range_agg(r), '{}') FROM destruction_items i, unnest(i.destroyed) r
                     WHERE i.ledger_id = p_ledger AND i.block BETWEEN s.first_seq / 32768 AND s.last_seq / 32768) THEN RETURN 'shared'; END IF;
  IF archive_reached(p_ledger, p_number) THEN RETURN 'held'; END IF;
  IF greatest(s.retain_until, s.locked_until) > clock_timestamp() THEN RETURN 'locked'; END IF;
  UPDATE archive_segments SET removal_free = pg_current_xact_id() WHERE ledger_id = p_ledger AND number = p_number;
  RETURN 'free';
END $$;

-- The version is gone. What holds were found by in it goes too, where no other object needs it.
CREATE FUNCTION destruction_object_removed(p_ledger int, p_number bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  s archive_segments;
  talks text[];
BEGIN
  -- Found free in this transaction, before it was deleted and under the lock that no hold can come under. It is not asked again: who appends a record meanwhile can make an old
  -- hold reach further, and the object would be gone all the same.
  SELECT * INTO s FROM archive_segments WHERE ledger_id = p_ledger AND number = p_number FOR NO KEY UPDATE;
  IF s.number IS NULL OR s.removed_at IS NULL AND s.removal_free IS DISTINCT FROM pg_current_xact_id() THEN
    RAISE EXCEPTION 'holdfast: the object of segment % may not be deleted', p_number USING ERRCODE = 'HF022';
  END IF;
  UPDATE archive_segments SET removed_at = coalesce(removed_at, clock_timestamp()) WHERE ledger_id = p_ledger AND number = p_number RETURNING * INTO s;
  UPDATE destruction_objects SET state = 'removed', removed_at = s.removed_at, until = NULL WHERE ledger_id = p_ledger AND number = p_number AND state <> 'removed';
  talks := ARRAY(SELECT a.conversation_id FROM archive_conversations a WHERE a.ledger_id = p_ledger AND a.number = p_number
                    AND NOT EXISTS (SELECT FROM archive_conversations o JOIN archive_segments x ON x.ledger_id = p_ledger AND x.number = o.number AND x.removed_at IS NULL
                                     WHERE o.ledger_id = p_ledger AND o.conversation_id = a.conversation_id));
  DELETE FROM retention_traces t WHERE t.ledger_id = p_ledger AND t.conversation_id = ANY (talks);
  DELETE FROM retention_traces t WHERE t.ledger_id = p_ledger AND t.conversation_id = '' AND t.first_seq <= s.last_seq AND t.last_seq >= s.first_seq
     AND NOT EXISTS (SELECT FROM archive_segments x WHERE x.ledger_id = p_ledger AND x.removed_at IS NULL AND x.first_seq <= t.last_seq AND x.last_seq >= t.first_seq);
  PERFORM forget_people(p_ledger, talks);
END $$;

CREATE FUNCTION destruction_object_noted(p_ledger int, p_number bigint, p_state text, p_until timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE archive_segments SET removal_asked_at = clock_timestamp() WHERE ledger_id = p_ledger AND number = p_number;
  UPDATE destruction_objects SET state = p_state, until = p_until WHERE ledger_id = p_ledger AND number = p_number AND state <> 'removed'
     AND (state, until) IS DISTINCT FROM (p_state, p_until)
$$;

-- The certificate, and with the first one the end of the work. Its entry of the access ledger goes into the same transaction. Null where another was first.
CREATE FUNCTION keep_certificate(p_id uuid, p_ledger int, p_version int, p_note bytea, p_issued timestamptz, p_state text, p_outcome text) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE d destructions;
BEGIN
  SELECT * INTO d FROM destructions WHERE id = p_id AND ledger_id = p_ledger FOR UPDATE;
  IF d.state IS NULL OR d.state NOT IN ('running', 'pending_objects') OR p_state NOT IN ('pending_objects', 'done') THEN
    RAISE EXCEPTION 'holdfast: there is nothing to certify' USING ERRCODE = 'HF024';
  END IF;
  IF p_version <> (SELECT coalesce(max(version), 0) + 1 FROM destruction_certificates WHERE destruction_id = p_id) THEN RETURN NULL; END IF;
  INSERT INTO destruction_certificates (destruction_id, version, ledger_id, note, sha256, issued_at) VALUES (p_id, p_version, p_ledger, p_note, sha256(p_note), p_issued);
  UPDATE destructions SET state = p_state, outcome = p_outcome, finished_at = coalesce(finished_at, clock_timestamp()) WHERE id = p_id;
  RETURN p_version;
END $$;

-- As before (migration "search"), and of what was destroyed meanwhile nothing is indexed.
CREATE OR REPLACE FUNCTION index_words(p_ledger int, p_from bigint, p_to bigint, p_tokens bytea[], p_seqs bigint[], p_keys uuid[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET standard_conforming_strings = on
  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  alive uuid[];
  worded bigint[];
BEGIN
  PERFORM FROM content_settings s WHERE s.ledger_id = p_ledger AND s.blind_index FOR SHARE;
  IF NOT FOUND THEN RETURN false; END IF;
  INSERT INTO word_index (ledger_id) VALUES (p_ledger) ON CONFLICT DO NOTHING;
  UPDATE word_index SET indexed_to = p_to WHERE ledger_id = p_ledger AND indexed_to = p_from AND p_to > p_from;
  IF NOT FOUND THEN RETURN false; END IF;
  -- Held until the end: who destroys a key waits, and takes these words out with the others.
  SELECT array_agg(k.id) INTO alive FROM (
    SELECT id FROM content_keys WHERE ledger_id = p_ledger AND id = ANY (p_keys) AND shredded_at IS NULL ORDER BY id FOR SHARE
  ) k;
  -- Asked under these locks: a record may have been destroyed since its words were read, while others under its key are kept.
  worded := ARRAY(SELECT u.seq FROM (SELECT DISTINCT seq FROM unnest(p_seqs) seq) u
                   WHERE EXISTS (SELECT FROM entries e JOIN content_parts p ON p.ledger_id = p_ledger AND p.record_id = e.id WHERE e.ledger_id = p_ledger AND e.seq = u.seq));
  INSERT INTO word_tokens (ledger_id, token, seq)
    SELECT DISTINCT p_ledger, u.token, u.seq FROM unnest(p_tokens, p_seqs, p_keys) AS u (token, seq, key) WHERE u.key = ANY (alive) AND u.seq = ANY (worded)
    ON CONFLICT DO NOTHING;
  RETURN true;
END $$;

REVOKE ALL ON FUNCTION keep_destruction, keep_destroyed, destroyed_of, rules_in_force, scopes_over_archived, words_held, request_destruction, approve_destruction, close_destruction,
  resume_destruction, assert_destroyable, assert_rules, destroy_words, note_destroyed, forget_people, destroy_records, note_objects, destroy_archived, destruction_left,
  destruction_step, destruction_object_free, destruction_object_removed, destruction_object_noted, keep_certificate FROM PUBLIC;
GRANT EXECUTE ON FUNCTION destroy_records, destroy_archived, destruction_left, destruction_step, destruction_object_free, destruction_object_removed,
  destruction_object_noted, destroyed_of TO holdfast_pruner;
GRANT EXECUTE ON FUNCTION destroyed_of, rules_in_force, scopes_over_archived, words_held, request_destruction, approve_destruction, close_destruction, resume_destruction,
  keep_certificate TO holdfast_app;
GRANT SELECT ON destructions, destruction_items, destroyed_conversations, destruction_objects, destruction_certificates TO holdfast_app;
RESET ROLE;
