SET ROLE holdfast_owner;

-- A data key that was given out in a bundle opens all that it ever sealed, for whoever has the bundle: so it is given out only where all of that is in the
-- bundle, and from then on it seals nothing more. What is said later is sealed under another key; both are destroyed together.
ALTER TABLE content_keys ADD COLUMN retired_at timestamptz(3);
DROP INDEX content_keys_conversation, content_keys_record;
CREATE UNIQUE INDEX content_keys_conversation ON content_keys (ledger_id, conversation_id, subject_id)
  WHERE shredded_at IS NULL AND retired_at IS NULL AND conversation_id <> '';
CREATE UNIQUE INDEX content_keys_record ON content_keys (ledger_id, record_id, subject_id) WHERE shredded_at IS NULL AND retired_at IS NULL AND record_id IS NOT NULL;

-- As before; a key that seals nothing more is as good as none.
CREATE OR REPLACE FUNCTION keep_content_key(
  p_ledger int, p_id uuid, p_conversation text, p_record uuid, p_subject text, p_kek text, p_wrapped bytea, p_commitment bytea
) RETURNS content_keys LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET standard_conforming_strings = on AS $$
DECLARE found_key content_keys;
BEGIN
  INSERT INTO content_keys (ledger_id, id, conversation_id, record_id, subject_id, kek_id, wrapped, commitment)
    VALUES (p_ledger, p_id, p_conversation, p_record, p_subject, p_kek, p_wrapped, p_commitment)
    ON CONFLICT DO NOTHING RETURNING * INTO found_key;
  IF FOUND THEN RETURN found_key; END IF;
  SELECT * INTO found_key FROM content_keys k
   WHERE k.ledger_id = p_ledger AND k.subject_id = p_subject AND k.shredded_at IS NULL AND k.retired_at IS NULL
     AND CASE WHEN p_record IS NULL THEN k.conversation_id = p_conversation AND k.conversation_id <> '' ELSE k.record_id = p_record END;
  RETURN found_key;
END $$;

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
              WHERE p.ledger_id = p_ledger AND p.record_id = d.id AND k.shredded_at IS NOT NULL) THEN ''::bytea ELSE d.submitted END ORDER BY d.n)
      INTO o_dup_submitted FROM unnest(o_dup_ids, o_dup_submitted) WITH ORDINALITY d(id, submitted, n);
    RETURN;
  END IF;
  INSERT INTO content_parts (ledger_id, record_id, part_index, part, key_id, nonce, ciphertext_sha256, ciphertext)
    SELECT p_ledger, p_ids[u.record], u.index, u.part, u.key, u.nonce, u.hash, u.ciphertext
      FROM (SELECT unnest(k_record) AS record, unnest(k_index) AS index, unnest(k_part) AS part, unnest(k_key) AS key, unnest(k_nonce) AS nonce,
                   unnest(k_hash) AS hash, unnest(k_ciphertext) AS ciphertext) u;
END $$;

-- A key that was destroyed leaves its page with the next minute's vacuum, however large the table is.
ALTER TABLE content_keys SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 0);

-- Words in a bundle: for what, how many, and of whom it was asked (lib/schema/evidence.ts); null where it has none. Its pieces are then sealed.
ALTER TABLE exports ADD COLUMN content jsonb, ADD COLUMN shredded_at timestamptz(3), ADD COLUMN shredding_id uuid;
-- The data keys whose words a bundle holds.
CREATE TABLE export_words (
  export_id uuid NOT NULL REFERENCES exports (id),
  ledger_id int NOT NULL,
  key_id uuid NOT NULL,
  PRIMARY KEY (export_id, key_id),
  FOREIGN KEY (ledger_id, key_id) REFERENCES content_keys (ledger_id, id)
);
CREATE INDEX export_words_key ON export_words (ledger_id, key_id);
-- What a bundle with words is kept under is derived from a secret of its ledger.
ALTER TABLE vault_secrets DROP CONSTRAINT vault_secrets_name_check;
ALTER TABLE vault_secrets ADD CONSTRAINT vault_secrets_name_check CHECK (name IN ('submission', 'blind_index', 'exports'));

-- No words are sealed under the keys of a conversation any more, so that a bundle can hold all that they sealed.
CREATE FUNCTION retire_conversation_keys(p_ledger int, p_conversation text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET standard_conforming_strings = on AS $$
BEGIN
  PERFORM FROM content_keys WHERE ledger_id = p_ledger AND conversation_id = p_conversation AND conversation_id <> '' AND shredded_at IS NULL ORDER BY id FOR UPDATE;
  UPDATE content_keys SET retired_at = clock_timestamp()
   WHERE ledger_id = p_ledger AND conversation_id = p_conversation AND conversation_id <> '' AND shredded_at IS NULL AND retired_at IS NULL;
END $$;

-- Of these data keys, those that sealed exactly so many parts and are alive: noted as given out with that export, before anything is opened with them.
CREATE FUNCTION disclose_content_keys(p_export uuid, p_ledger int, p_keys uuid[], p_parts bigint[]) RETURNS SETOF uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET standard_conforming_strings = on AS $$
BEGIN
  PERFORM FROM content_keys WHERE ledger_id = p_ledger AND id = ANY (p_keys) ORDER BY id FOR UPDATE;
  -- In a statement of its own, which sees what those have stored who held the keys until now.
  RETURN QUERY
    WITH whole AS (
      SELECT k.id FROM unnest(p_keys, p_parts) AS u (id, parts) JOIN content_keys k ON k.ledger_id = p_ledger AND k.id = u.id
       WHERE k.shredded_at IS NULL AND u.parts = (SELECT count(*) FROM content_parts c WHERE c.ledger_id = p_ledger AND c.key_id = u.id)
    ), retired AS (
      UPDATE content_keys k SET retired_at = coalesce(k.retired_at, clock_timestamp()) FROM whole w WHERE k.ledger_id = p_ledger AND k.id = w.id
    ), noted AS (
      INSERT INTO export_words (export_id, ledger_id, key_id) SELECT p_export, p_ledger, w.id FROM whole w ON CONFLICT DO NOTHING
    )
    SELECT w.id FROM whole w;
END $$;

-- A bundle that holds shredded words goes with them, in the transaction that destroys their key. A piece that is being written waits for the row of its export.
CREATE FUNCTION drop_exported_words() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET standard_conforming_strings = on AS $$
BEGIN
  UPDATE exports e SET shredded_at = NEW.shredded_at, shredding_id = NEW.shredding_id
    FROM export_words w WHERE w.ledger_id = NEW.ledger_id AND w.key_id = NEW.id AND e.id = w.export_id AND e.shredded_at IS NULL;
  DELETE FROM export_pieces p USING export_words w WHERE w.ledger_id = NEW.ledger_id AND w.key_id = NEW.id AND p.export_id = w.export_id;
  RETURN NULL;
END $$;
CREATE TRIGGER exported_words_dropped AFTER UPDATE ON content_keys FOR EACH ROW
  WHEN (OLD.shredded_at IS NULL AND NEW.shredded_at IS NOT NULL) EXECUTE FUNCTION drop_exported_words();

REVOKE ALL ON FUNCTION retire_conversation_keys, disclose_content_keys, drop_exported_words FROM PUBLIC;
GRANT EXECUTE ON FUNCTION retire_conversation_keys, disclose_content_keys TO holdfast_app;
GRANT SELECT ON export_words TO holdfast_app;
RESET ROLE;
