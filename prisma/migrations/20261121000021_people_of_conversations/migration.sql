SET ROLE holdfast_owner;

-- As before (migration "search"), and whom records name besides the first is kept by the conversation (migration "retention").
CREATE OR REPLACE FUNCTION append_entries(
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
  abouts text[];
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
      RETURNING c.conversation_id, c.record_count, c.subject_id
    )
    SELECT array_agg(kept.conversation_id), array_agg(kept.record_count), array_agg(kept.subject_id) INTO names, counts, abouts FROM kept;
    IF names IS DISTINCT FROM c_ids THEN RAISE EXCEPTION 'holdfast: conversations came back in another order'; END IF;
    FOR i IN 1 .. cardinality(c_ids) LOOP o_bases[i] := counts[i] - c_count[i]; END LOOP;
    -- Most conversations name one person, whom they have in their own row.
    IF EXISTS (SELECT FROM unnest(p_conv, p_subject) AS u (place, subject) WHERE u.place > 0 AND u.subject <> abouts[u.place]) THEN
      INSERT INTO conversation_people (ledger_id, conversation_id, subject_id)
        SELECT DISTINCT p_ledger, c_ids[u.place], u.subject FROM unnest(p_conv, p_subject) AS u (place, subject) WHERE u.place > 0 AND u.subject <> abouts[u.place]
        ON CONFLICT DO NOTHING;
    END IF;
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

-- A conversation that named nobody has somebody now: a hold on them reaches what it had before, and its blocks are counted anew.
CREATE FUNCTION name_person() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO conversation_people (ledger_id, conversation_id, subject_id) VALUES (NEW.ledger_id, NEW.conversation_id, NEW.subject_id) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION name_person FROM PUBLIC;
CREATE TRIGGER name_person AFTER UPDATE OF subject_id ON conversations FOR EACH ROW WHEN (OLD.subject_id IS NULL AND NEW.subject_id IS NOT NULL) EXECUTE FUNCTION name_person();

-- What there is.
INSERT INTO conversation_people (ledger_id, conversation_id, subject_id)
  SELECT DISTINCT r.ledger_id, r.conversation_id, r.subject_id FROM records r JOIN conversations c ON c.ledger_id = r.ledger_id AND c.conversation_id = r.conversation_id
   WHERE r.subject_id IS DISTINCT FROM c.subject_id AND r.subject_id IS NOT NULL
  UNION
  SELECT t.ledger_id, t.conversation_id, t.value FROM retention_traces t JOIN conversations c ON c.ledger_id = t.ledger_id AND c.conversation_id = t.conversation_id
   WHERE t.kind = 'subject' AND t.value IS DISTINCT FROM c.subject_id;

RESET ROLE;
