SET ROLE holdfast_owner;

-- The words themselves, sealed: a record's body commits to these (docs/format.md, section 6), and nothing here is hashed into the chain. A data key belongs to a
-- conversation (to a record that has none), and within it to the person whom the data is about, so that either can be shredded alone.
CREATE TABLE content_keys (
  ledger_id int NOT NULL REFERENCES ledgers (id),
  id uuid NOT NULL,
  conversation_id text COLLATE "C" NOT NULL DEFAULT '',
  -- Only where there is no conversation.
  record_id uuid,
  subject_id text COLLATE "C" NOT NULL DEFAULT '',
  -- The key that wraps it; null with `wrapped` once it was destroyed.
  kek_id text COLLATE "C",
  wrapped bytea CHECK (octet_length(wrapped) BETWEEN 32 AND 8192),
  -- HMAC-SHA256(data key, "commit"): what bodies name. It tells nothing of the key.
  commitment bytea NOT NULL CHECK (octet_length(commitment) = 32),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  shredded_at timestamptz(3),
  shredding_id uuid,
  PRIMARY KEY (ledger_id, id),
  CHECK ((wrapped IS NULL) = (shredded_at IS NOT NULL)),
  CHECK ((kek_id IS NULL) = (wrapped IS NULL)),
  CHECK ((conversation_id = '') = (record_id IS NOT NULL))
);
CREATE UNIQUE INDEX content_keys_conversation ON content_keys (ledger_id, conversation_id, subject_id) WHERE shredded_at IS NULL AND conversation_id <> '';
CREATE UNIQUE INDEX content_keys_record ON content_keys (ledger_id, record_id, subject_id) WHERE shredded_at IS NULL AND record_id IS NOT NULL;
CREATE INDEX content_keys_of_conversation ON content_keys (ledger_id, conversation_id, created_at) WHERE conversation_id <> '';
CREATE INDEX content_keys_of_subject ON content_keys (ledger_id, subject_id, created_at) WHERE subject_id <> '';
-- Re-wrapping walks from here; the row of a destroyed key has nothing to wrap.
CREATE INDEX content_keys_kek ON content_keys (kek_id, ledger_id, id) WHERE wrapped IS NOT NULL;

CREATE TABLE content_parts (
  ledger_id int NOT NULL,
  record_id uuid NOT NULL,
  -- Place in the record's list of content.
  part_index smallint NOT NULL CHECK (part_index BETWEEN 0 AND 255),
  part text COLLATE "C" NOT NULL,
  key_id uuid NOT NULL,
  nonce bytea NOT NULL CHECK (octet_length(nonce) = 12),
  ciphertext_sha256 bytea NOT NULL CHECK (octet_length(ciphertext_sha256) = 32),
  -- AES-256-GCM, its tag of 16 bytes at the end.
  ciphertext bytea NOT NULL CHECK (octet_length(ciphertext) >= 16),
  PRIMARY KEY (ledger_id, record_id, part_index),
  FOREIGN KEY (ledger_id, key_id) REFERENCES content_keys (ledger_id, id)
);
-- Nothing can be gained by compressing it.
ALTER TABLE content_parts ALTER COLUMN ciphertext SET STORAGE EXTERNAL;
CREATE INDEX content_parts_key ON content_parts (ledger_id, key_id);
CALL guard_table('content_parts');

-- Secrets of a ledger that are not data keys (for digests of what was sent, for the index of words), wrapped as data keys are.
CREATE TABLE vault_secrets (
  ledger_id int NOT NULL REFERENCES ledgers (id),
  name text COLLATE "C" NOT NULL CHECK (name IN ('submission', 'blind_index')),
  kek_id text COLLATE "C" NOT NULL,
  wrapped bytea NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (ledger_id, name)
);

-- A change of the key that wraps the others: goes on in steps, and from where it was when it was interrupted.
CREATE TABLE key_rotations (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  to_kek text COLLATE "C" NOT NULL,
  started_by text NOT NULL,
  started_at timestamptz(3) NOT NULL DEFAULT now(),
  done bigint NOT NULL DEFAULT 0,
  total bigint NOT NULL,
  finished_at timestamptz(3),
  last_error text
);
CREATE UNIQUE INDEX key_rotations_open ON key_rotations ((true)) WHERE finished_at IS NULL;

CREATE TABLE shreddings (
  id uuid PRIMARY KEY,
  ledger_id int NOT NULL REFERENCES ledgers (id),
  scope_kind text NOT NULL CHECK (scope_kind IN ('conversation', 'subject')),
  scope_value text COLLATE "C" NOT NULL,
  authority text NOT NULL,
  reason text NOT NULL,
  requested_by text NOT NULL,
  at timestamptz(3) NOT NULL DEFAULT now(),
  keys int NOT NULL,
  parts bigint NOT NULL,
  -- Until then a backup may still hold the wrapped keys.
  backups_until timestamptz(3) NOT NULL
);
CREATE INDEX shreddings_ledger ON shreddings (ledger_id, at);
CALL guard_table('shreddings');

-- What must not be destroyed, whoever asks. A hold is released, never removed.
CREATE TABLE legal_holds (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  ledger_id int NOT NULL REFERENCES ledgers (id),
  matter text NOT NULL,
  scope_kind text NOT NULL CHECK (scope_kind IN ('conversation', 'subject')),
  scope_value text COLLATE "C" NOT NULL,
  reason text NOT NULL,
  placed_by text NOT NULL,
  placed_at timestamptz(3) NOT NULL DEFAULT now(),
  released_by text,
  released_at timestamptz(3),
  release_reason text,
  CHECK ((released_at IS NULL) = (released_by IS NULL))
);
CREATE INDEX legal_holds_scope ON legal_holds (ledger_id, scope_kind, scope_value) WHERE released_at IS NULL;
CREATE INDEX legal_holds_ledger ON legal_holds (ledger_id, placed_at);

CREATE TABLE content_settings (
  ledger_id int PRIMARY KEY REFERENCES ledgers (id),
  version int NOT NULL DEFAULT 1,
  phi_in_details text NOT NULL DEFAULT 'mask' CHECK (phi_in_details IN ('mask', 'reject', 'keep')),
  backup_horizon_days int NOT NULL DEFAULT 35 CHECK (backup_horizon_days BETWEEN 0 AND 3650),
  -- Purposes that a reveal may name: [{code, say}]; null for the list that comes with the product.
  purposes jsonb,
  blind_index boolean NOT NULL DEFAULT false,
  changed_by text,
  changed_at timestamptz(3)
);

-- The data key of a scope: the one that is alive, or the one that is offered. Two who offer at once get the same.
CREATE FUNCTION keep_content_key(
  p_ledger int, p_id uuid, p_conversation text, p_record uuid, p_subject text, p_kek text, p_wrapped bytea, p_commitment bytea
) RETURNS content_keys LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET standard_conforming_strings = on AS $$
DECLARE found_key content_keys;
BEGIN
  INSERT INTO content_keys (ledger_id, id, conversation_id, record_id, subject_id, kek_id, wrapped, commitment)
    VALUES (p_ledger, p_id, p_conversation, p_record, p_subject, p_kek, p_wrapped, p_commitment)
    ON CONFLICT DO NOTHING RETURNING * INTO found_key;
  IF FOUND THEN RETURN found_key; END IF;
  SELECT * INTO found_key FROM content_keys k
   WHERE k.ledger_id = p_ledger AND k.subject_id = p_subject AND k.shredded_at IS NULL
     AND CASE WHEN p_record IS NULL THEN k.conversation_id = p_conversation AND k.conversation_id <> '' ELSE k.record_id = p_record END;
  RETURN found_key;
END $$;

-- append_entries, and the sealed parts of its records with it or not at all: what is stored twice (a retry) brings none. HF010: a key was destroyed meanwhile;
-- the words are sealed anew under another. The arrays of the parts name their record by its place in the batch, from 1.
CREATE FUNCTION append_with_content(
  p_ledger int,
  p_ids uuid[], p_bodies bytea[], p_submitted bytea[],
  p_occurred timestamptz[], p_action text[], p_actor text[], p_actor_type text[], p_conversation text[],
  p_agent text[], p_resource_type text[], p_resource_id text[], p_subject text[], p_outcome text[], p_class smallint[],
  p_conv int[], p_ord int[],
  c_ids text[], c_count int[], c_first int[], c_last int[], c_first_at timestamptz[], c_last_at timestamptz[], c_agent text[], c_user text[], c_subject text[],
  c_class smallint[], c_seq_max bigint[], c_seq_count int[], c_ended boolean[], c_seqs int8multirange[],
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
                        c_subject, c_class, c_seq_max, c_seq_count, c_ended, c_seqs);
  IF o_dup_ids IS NOT NULL THEN RETURN; END IF;
  INSERT INTO content_parts (ledger_id, record_id, part_index, part, key_id, nonce, ciphertext_sha256, ciphertext)
    SELECT p_ledger, p_ids[u.record], u.index, u.part, u.key, u.nonce, u.hash, u.ciphertext
      FROM (SELECT unnest(k_record) AS record, unnest(k_index) AS index, unnest(k_part) AS part, unnest(k_key) AS key, unnest(k_nonce) AS nonce,
                   unnest(k_hash) AS hash, unnest(k_ciphertext) AS ciphertext) u;
END $$;

-- Destroys the live data keys of a conversation or of a person's content, unless a hold is on any of it: HF011. Holds are placed under the same lock.
CREATE FUNCTION shred_content(
  p_id uuid, p_ledger int, p_kind text, p_value text, p_authority text, p_reason text, p_by text
) RETURNS shreddings LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
  doomed uuid[];
  made shreddings;
BEGIN
  PERFORM pg_advisory_xact_lock(1212566604, p_ledger);
  SELECT array_agg(k.id) INTO doomed FROM (
    SELECT id FROM content_keys
     WHERE ledger_id = p_ledger AND shredded_at IS NULL
       AND CASE p_kind WHEN 'conversation' THEN conversation_id = p_value AND conversation_id <> '' WHEN 'subject' THEN subject_id = p_value AND subject_id <> '' END
     ORDER BY id FOR UPDATE
  ) k;
  IF EXISTS (SELECT FROM legal_holds h WHERE h.ledger_id = p_ledger AND h.released_at IS NULL AND h.scope_kind = p_kind AND h.scope_value = p_value)
     OR EXISTS (SELECT FROM content_keys k JOIN legal_holds h ON h.ledger_id = k.ledger_id AND h.released_at IS NULL
                   AND (h.scope_kind = 'conversation' AND h.scope_value = k.conversation_id OR h.scope_kind = 'subject' AND h.scope_value = k.subject_id)
                 WHERE k.ledger_id = p_ledger AND k.id = ANY (doomed))
     OR (p_kind = 'conversation' AND EXISTS (SELECT FROM conversations c JOIN legal_holds h ON h.ledger_id = c.ledger_id AND h.released_at IS NULL
                   AND h.scope_kind = 'subject' AND h.scope_value = c.subject_id WHERE c.ledger_id = p_ledger AND c.conversation_id = p_value)) THEN
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

-- A data key under another wrapping, if it is still alive and still under the old one.
CREATE FUNCTION rewrap_content_key(p_ledger int, p_id uuid, p_from text, p_to text, p_wrapped bytea) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE content_keys SET kek_id = p_to, wrapped = p_wrapped
   WHERE ledger_id = p_ledger AND id = p_id AND kek_id = p_from AND shredded_at IS NULL RETURNING true
$$;

REVOKE ALL ON FUNCTION keep_content_key, append_with_content, shred_content, rewrap_content_key FROM PUBLIC;
GRANT EXECUTE ON FUNCTION keep_content_key, append_with_content, shred_content, rewrap_content_key TO holdfast_app;
GRANT SELECT ON content_keys, content_parts, vault_secrets, key_rotations, shreddings, legal_holds, content_settings TO holdfast_app;
GRANT INSERT, UPDATE ON vault_secrets, key_rotations, legal_holds, content_settings TO holdfast_app;
RESET ROLE;
