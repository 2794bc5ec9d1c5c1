SET ROLE holdfast_owner;

-- What is searched by and stands inside `details` or `domains`: the name of a tool and of a model, the domains in order with commas between, and whether personal
-- health information was found (lib/chain/project-details.ts). Append is given them; of the records that are there already they follow from the bodies, in one
-- rewriting of each leaf that fires no trigger: the refusal of changes stays on throughout. Bytes that are no JSON, which only somebody who owns the database
-- can have put there, have none; verification tells of them.
CREATE FUNCTION project_member(p_body bytea, p_member text) RETURNS text LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  decoded jsonb;
  found_text text;
BEGIN
  -- Without the name there is no member, and nothing to parse.
  IF position(convert_to('"' || p_member || '":', 'UTF8') IN p_body) = 0 THEN RETURN NULL; END IF;
  decoded := convert_from(p_body, 'UTF8')::jsonb;
  IF p_member = 'domains' THEN
    IF jsonb_typeof(decoded -> 'domains') <> 'array' OR EXISTS (SELECT FROM jsonb_array_elements(decoded -> 'domains') d WHERE jsonb_typeof(d) <> 'string') THEN RETURN NULL; END IF;
    RETURN (SELECT string_agg(d.value, ',' ORDER BY d.ordinality) FROM jsonb_array_elements_text(decoded -> 'domains') WITH ORDINALITY d);
  END IF;
  decoded := decoded -> 'details';
  IF jsonb_typeof(decoded) IS DISTINCT FROM 'object' THEN RETURN NULL; END IF;
  IF p_member = 'contains_phi' THEN RETURN CASE WHEN decoded -> 'contains_phi' = 'true'::jsonb THEN 'yes' END; END IF;
  IF jsonb_typeof(decoded -> p_member) IS DISTINCT FROM 'string' THEN RETURN NULL; END IF;
  found_text := decoded ->> p_member;
  RETURN CASE WHEN found_text COLLATE "C" ~ '^[\x20-\x7e]{1,128}$' THEN found_text END;
EXCEPTION WHEN OTHERS THEN RETURN NULL;
END $$;
-- A column of a table of partitions of partitions can neither be given a value by row nor cease to be generated; so each leaf is taken out, rewritten and put
-- back, in this transaction, which nobody sees into.
CREATE TEMP TABLE leaves ON COMMIT DROP AS
  SELECT leaf.oid::regclass AS leaf, i.inhparent::regclass AS parent, pg_get_expr(leaf.relpartbound, leaf.oid) AS bound
    FROM pg_class leaf JOIN pg_inherits i ON i.inhrelid = leaf.oid JOIN pg_inherits above ON above.inhrelid = i.inhparent
   WHERE above.inhparent = 'records'::regclass;
DO $$
DECLARE each record;
BEGIN
  FOR each IN SELECT * FROM pg_temp.leaves LOOP
    EXECUTE format('ALTER TABLE %s DETACH PARTITION %s', each.parent, each.leaf);
    EXECUTE format($sql$ALTER TABLE %s
      ADD COLUMN tool text COLLATE "C" GENERATED ALWAYS AS (public.project_member(body, 'tool')) STORED,
      ADD COLUMN model text COLLATE "C" GENERATED ALWAYS AS (public.project_member(body, 'model')) STORED,
      ADD COLUMN domains text COLLATE "C" GENERATED ALWAYS AS (public.project_member(body, 'domains')) STORED,
      ADD COLUMN phi boolean NOT NULL GENERATED ALWAYS AS (public.project_member(body, 'contains_phi') IS NOT NULL) STORED$sql$, each.leaf);
    EXECUTE format('ALTER TABLE %s ALTER tool DROP EXPRESSION, ALTER model DROP EXPRESSION, ALTER domains DROP EXPRESSION, ALTER phi DROP EXPRESSION', each.leaf);
    EXECUTE format('ALTER TABLE %s ALTER phi SET DEFAULT false', each.leaf);
  END LOOP;
END $$;
ALTER TABLE records ADD COLUMN tool text COLLATE "C", ADD COLUMN model text COLLATE "C", ADD COLUMN domains text COLLATE "C",
  ADD COLUMN phi boolean NOT NULL DEFAULT false;
DO $$
DECLARE each record;
BEGIN
  FOR each IN SELECT * FROM pg_temp.leaves LOOP
    EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s %s', each.parent, each.leaf, each.bound);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER append_only_row', each.leaf);
  END LOOP;
END $$;
DROP TABLE pg_temp.leaves;
DROP FUNCTION project_member;

CREATE INDEX records_tool ON records (tool, seq) WHERE tool IS NOT NULL;
CREATE INDEX records_model ON records (model, seq) WHERE model IS NOT NULL;
-- Whole lists, of which a ledger has few: a search for one domain steps over them from list to list.
CREATE INDEX records_domains ON records (domains, seq) WHERE domains IS NOT NULL;
CREATE INDEX records_phi ON records (seq) WHERE phi;

-- As before (migration 9), with the four columns.
DROP FUNCTION append_entries;
CREATE FUNCTION append_entries(
  p_ledger int,
  p_ids uuid[], p_bodies bytea[], p_submitted bytea[],
  p_occurred timestamptz[], p_action text[], p_actor text[], p_actor_type text[], p_conversation text[],
  p_agent text[], p_resource_type text[], p_resource_id text[], p_subject text[], p_outcome text[], p_class smallint[],
  p_conv int[], p_ord int[],
  c_ids text[], c_count int[], c_first int[], c_last int[], c_first_at timestamptz[], c_last_at timestamptz[], c_agent text[], c_user text[], c_subject text[],
  c_class smallint[], c_seq_max bigint[], c_seq_count int[], c_ended boolean[], c_seqs int8multirange[],
  p_tool text[], p_model text[], p_domains text[], p_phi boolean[],
  OUT o_first bigint, OUT o_received_us bigint, OUT o_previous bytea, OUT o_hashes bytea, OUT o_bases bigint[],
  OUT o_dup_ids uuid[], OUT o_dup_submitted bytea[], OUT o_dup_seqs bigint[], OUT o_dup_received_us bigint[],
  OUT o_dup_previous bytea[], OUT o_dup_hashes bytea[], OUT o_dup_conversation_seqs bigint[]
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET standard_conforming_strings = on
  SET enable_seqscan = off SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  n int := cardinality(p_ids);
  h bytea;
  digests bytea[];
  heads bytea[];
  hashes bytea[];
  seqs bigint[];
  names text[];
  counts bigint[];
  times timestamptz[];
BEGIN
  -- 1970 up to the end of 9999, as far as a record's timestamp may go. NULL among them is refused by the columns.
  times := p_occurred || c_first_at || c_last_at;
  IF to_timestamp(0) > ANY (times) OR to_timestamp(253402300800) <= ANY (times) THEN
    RAISE EXCEPTION 'holdfast: a time is out of bounds' USING ERRCODE = '22008';
  END IF;
  PERFORM pg_advisory_xact_lock(1212564294, p_ledger);

  SELECT array_agg(e.id), array_agg(e.submitted), array_agg(e.seq), array_agg(e.received_at_us), array_agg(e.previous_hash), array_agg(e.integrity_hash),
         array_agg(e.conversation_seq)
    INTO o_dup_ids, o_dup_submitted, o_dup_seqs, o_dup_received_us, o_dup_previous, o_dup_hashes, o_dup_conversation_seqs
    FROM entries e WHERE e.ledger_id = p_ledger AND e.id = ANY (p_ids);
  IF o_dup_ids IS NOT NULL THEN RETURN; END IF;

  SELECT e.seq + 1, e.integrity_hash, e.received_at_us INTO o_first, o_previous, o_received_us
    FROM entries e WHERE e.ledger_id = p_ledger ORDER BY e.seq DESC LIMIT 1;
  IF NOT FOUND THEN
    SELECT 0, sha256(convert_to(E'holdfast/genesis/v1\n' || l.origin, 'UTF8')) INTO o_first, o_previous FROM ledgers l WHERE l.id = p_ledger;
    IF NOT FOUND THEN RAISE EXCEPTION 'holdfast: there is no ledger %', p_ledger USING ERRCODE = 'HF002'; END IF;
  END IF;
  -- The database's clock, and never earlier than the entry before.
  o_received_us := greatest(o_received_us, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint);
  IF o_first / 262144 <> (o_first + n - 1) / 262144 OR o_first % 262144 = 0 THEN
    PERFORM ensure_record_block(p_ledger, block) FROM generate_series(o_first / 262144, (o_first + n - 1) / 262144) AS block;
  END IF;

  -- Written first and read back in the same statement: its arbiter is the primary key, whatever the statistics of a young table make of a join.
  IF cardinality(c_ids) > 0 THEN
    WITH kept AS (
      INSERT INTO conversations AS c (ledger_id, conversation_id, record_count, first_seq, last_seq, first_at, last_at, agent_name, user_id, subject_id,
                                      classification, agent_seq_max, agent_seq_count, agent_seqs, has_gap, ended)
        SELECT p_ledger, d.id, d.n, o_first + d.first - 1, o_first + d.last - 1, d.first_at, d.last_at, d.agent, d.usr, d.subject,
               d.class, d.seq_max, d.seq_count, d.seqs, d.seqs NOT IN ('{}', int8multirange(int8range(1, upper(d.seqs)))), d.ended
          FROM (SELECT unnest(c_ids) AS id, unnest(c_count) AS n, unnest(c_first) AS first, unnest(c_last) AS last, unnest(c_first_at) AS first_at, unnest(c_last_at) AS last_at,
                       unnest(c_agent) AS agent, unnest(c_user) AS usr, unnest(c_subject) AS subject, unnest(c_class) AS class,
                       unnest(c_seq_max) AS seq_max, unnest(c_seq_count) AS seq_count, unnest(c_ended) AS ended, unnest(c_seqs) AS seqs) d
      ON CONFLICT (ledger_id, conversation_id) DO UPDATE SET
        record_count = c.record_count + EXCLUDED.record_count,
        last_seq = EXCLUDED.last_seq,
        first_at = least(c.first_at, EXCLUDED.first_at),
        last_at = greatest(c.last_at, EXCLUDED.last_at),
        agent_name = coalesce(c.agent_name, EXCLUDED.agent_name),
        user_id = coalesce(c.user_id, EXCLUDED.user_id),
        subject_id = coalesce(c.subject_id, EXCLUDED.subject_id),
        classification = greatest(c.classification, EXCLUDED.classification),
        agent_seq_max = greatest(c.agent_seq_max, EXCLUDED.agent_seq_max),
        agent_seq_count = c.agent_seq_count + EXCLUDED.agent_seq_count,
        agent_seqs = CASE WHEN c.agent_seqs + EXCLUDED.agent_seqs IN ('{}', int8multirange(int8range(1, upper(c.agent_seqs + EXCLUDED.agent_seqs))))
                            OR (SELECT count(*) FROM unnest(c.agent_seqs + EXCLUDED.agent_seqs)) <= 1000 THEN c.agent_seqs + EXCLUDED.agent_seqs END,
        has_gap = CASE WHEN c.agent_seqs IS NULL THEN greatest(c.agent_seq_max, EXCLUDED.agent_seq_max) > c.agent_seq_count + EXCLUDED.agent_seq_count
                       ELSE c.agent_seqs + EXCLUDED.agent_seqs NOT IN ('{}', int8multirange(int8range(1, upper(c.agent_seqs + EXCLUDED.agent_seqs)))) END,
        ended = c.ended OR EXCLUDED.ended
      RETURNING c.conversation_id, c.record_count
    )
    SELECT array_agg(kept.conversation_id), array_agg(kept.record_count) INTO names, counts FROM kept;
    IF names IS DISTINCT FROM c_ids THEN RAISE EXCEPTION 'holdfast: conversations came back in another order'; END IF;
    FOR i IN 1 .. cardinality(c_ids) LOOP o_bases[i] := counts[i] - c_count[i]; END LOOP;
  END IF;

  -- What does not hang on the entry before is made for all of them at once: the loop is left with one hash a record.
  digests := ARRAY(SELECT sha256(u) FROM unnest(p_bodies) u);
  seqs := ARRAY(SELECT CASE WHEN u.place = 0 THEN 0 ELSE o_bases[u.place] + u.ordinal END FROM unnest(p_conv, p_ord) AS u (place, ordinal));
  heads := ARRAY(SELECT '\x686f6c64666173742f656e7472792f76310a'::bytea || int8send(o_first + u.o - 1) || int8send(o_received_us) || int8send(u.cs)
                   FROM unnest(seqs) WITH ORDINALITY AS u (cs, o));
  h := o_previous;
  FOR i IN 1 .. n LOOP
    h := sha256(heads[i] || h || digests[i]);
    hashes[i] := h;
  END LOOP;

  o_hashes := (SELECT string_agg(u, ''::bytea) FROM unnest(hashes) u);
  INSERT INTO entries (ledger_id, seq, id, received_at_us, conversation_seq, body_hash, submitted, previous_hash, integrity_hash)
    SELECT p_ledger, generate_series(o_first, o_first + n - 1), unnest(p_ids), o_received_us, unnest(seqs), unnest(digests),
           unnest(p_submitted), unnest(array_prepend(o_previous, hashes[1:n - 1])), unnest(hashes);
  INSERT INTO records (ledger_id, seq, body, id, occurred_at, action, actor_id, actor_type, conversation_id, conversation_seq, agent_name,
                       resource_type, resource_id, subject_id, outcome, classification, tool, model, domains, phi)
    SELECT p_ledger, generate_series(o_first, o_first + n - 1), unnest(p_bodies), unnest(p_ids), unnest(p_occurred), unnest(p_action), unnest(p_actor),
           unnest(p_actor_type), unnest(p_conversation), unnest(seqs), unnest(p_agent), unnest(p_resource_type),
           unnest(p_resource_id), unnest(p_subject), unnest(p_outcome), unnest(p_class),
           unnest(p_tool), unnest(p_model), unnest(p_domains), unnest(p_phi);
END $$;

-- As before (migration 10), with the four columns.
DROP FUNCTION append_with_content;
CREATE FUNCTION append_with_content(
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
  -- Held until the end: who destroys a key waits, and finds these parts. In one order, before the ledger's lock.
  SELECT count(*) INTO alive FROM (
    SELECT FROM content_keys k WHERE k.ledger_id = p_ledger AND k.id = ANY (k_key) AND k.shredded_at IS NULL ORDER BY k.id FOR SHARE
  ) held;
  IF alive <> (SELECT count(DISTINCT u) FROM unnest(k_key) u) THEN
    RAISE EXCEPTION 'holdfast: a data key was destroyed' USING ERRCODE = 'HF010';
  END IF;
  SELECT * INTO o_first, o_received_us, o_previous, o_hashes, o_bases, o_dup_ids, o_dup_submitted, o_dup_seqs, o_dup_received_us, o_dup_previous, o_dup_hashes,
                o_dup_conversation_seqs
    FROM append_entries(p_ledger, p_ids, p_bodies, p_submitted, p_occurred, p_action, p_actor, p_actor_type, p_conversation, p_agent, p_resource_type,
                        p_resource_id, p_subject, p_outcome, p_class, p_conv, p_ord, c_ids, c_count, c_first, c_last, c_first_at, c_last_at, c_agent, c_user,
                        c_subject, c_class, c_seq_max, c_seq_count, c_ended, c_seqs, p_tool, p_model, p_domains, p_phi);
  IF o_dup_ids IS NOT NULL THEN RETURN; END IF;
  INSERT INTO content_parts (ledger_id, record_id, part_index, part, key_id, nonce, ciphertext_sha256, ciphertext)
    SELECT p_ledger, p_ids[u.record], u.index, u.part, u.key, u.nonce, u.hash, u.ciphertext
      FROM (SELECT unnest(k_record) AS record, unnest(k_index) AS index, unnest(k_part) AS part, unnest(k_key) AS key, unnest(k_nonce) AS nonce,
                   unnest(k_hash) AS hash, unnest(k_ciphertext) AS ciphertext) u;
END $$;

REVOKE ALL ON FUNCTION append_entries, append_with_content FROM PUBLIC;
GRANT EXECUTE ON FUNCTION append_entries, append_with_content TO holdfast_app;

-- The index of words, where a ledger has it: of each word of sealed content the first 8 bytes of a keyed hash, and the position of its record. Without the key
-- it tells how many words a record has, and which records share one. Shredding takes its words out, and switching the index off takes out all.
CREATE TABLE word_tokens (
  ledger_id int NOT NULL,
  token bytea NOT NULL CHECK (octet_length(token) = 8),
  seq bigint NOT NULL,
  PRIMARY KEY (ledger_id, token, seq)
);
CREATE INDEX word_tokens_record ON word_tokens (ledger_id, seq);
-- Every record up to `indexed_to` is in it, whose words could be opened at that time.
CREATE TABLE word_index (
  ledger_id int PRIMARY KEY REFERENCES ledgers (id),
  indexed_to bigint NOT NULL DEFAULT -1
);
GRANT SELECT ON word_tokens, word_index TO holdfast_app;

-- The tokens of what lies behind `p_from` up to `p_to`, each with its record's position and the data key that its words are sealed under. False where another
-- process was first, or the index was switched off: nothing was written.
CREATE FUNCTION index_words(p_ledger int, p_from bigint, p_to bigint, p_tokens bytea[], p_seqs bigint[], p_keys uuid[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET standard_conforming_strings = on
  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE alive uuid[];
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
  INSERT INTO word_tokens (ledger_id, token, seq)
    SELECT DISTINCT p_ledger, u.token, u.seq FROM unnest(p_tokens, p_seqs, p_keys) AS u (token, seq, key) WHERE u.key = ANY (alive)
    ON CONFLICT DO NOTHING;
  RETURN true;
END $$;

-- Takes out what a ledger has that keeps no index any more, some at a time. True where nothing is left.
CREATE FUNCTION drop_words(p_ledger int, p_most int) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET standard_conforming_strings = on SET enable_seqscan = off AS $$
DECLARE gone int;
BEGIN
  IF EXISTS (SELECT FROM content_settings s WHERE s.ledger_id = p_ledger AND s.blind_index) THEN RETURN true; END IF;
  -- Whoever switches it on again meanwhile begins anew.
  UPDATE word_index SET indexed_to = -1 WHERE ledger_id = p_ledger;
  IF NOT FOUND THEN RETURN true; END IF;
  DELETE FROM word_tokens w USING (SELECT token, seq FROM word_tokens WHERE ledger_id = p_ledger ORDER BY token, seq LIMIT p_most) few
   WHERE w.ledger_id = p_ledger AND w.token = few.token AND w.seq = few.seq;
  GET DIAGNOSTICS gone = ROW_COUNT;
  IF gone < p_most THEN DELETE FROM word_index WHERE ledger_id = p_ledger; END IF;
  RETURN gone < p_most;
END $$;

-- With its key, what was said goes out of the index, in the same transaction.
CREATE FUNCTION forget_words() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET standard_conforming_strings = on
  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
  IF EXISTS (SELECT FROM word_index i WHERE i.ledger_id = NEW.ledger_id) THEN
    DELETE FROM word_tokens w USING content_parts p, entries e
     WHERE p.ledger_id = NEW.ledger_id AND p.key_id = NEW.id AND e.ledger_id = NEW.ledger_id AND e.id = p.record_id
       AND w.ledger_id = NEW.ledger_id AND w.seq = e.seq;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER forget_words AFTER UPDATE OF shredded_at ON content_keys FOR EACH ROW
  WHEN (OLD.shredded_at IS NULL AND NEW.shredded_at IS NOT NULL) EXECUTE FUNCTION forget_words();

REVOKE ALL ON FUNCTION index_words, drop_words, forget_words FROM PUBLIC;
GRANT EXECUTE ON FUNCTION index_words, drop_words TO holdfast_app;
RESET ROLE;
