SET ROLE holdfast_owner;

-- What an access ledger has is asked for by every verification of the ledgers that it records: shreddings, rotations, holds, destructions. It stays whole, in the
-- database (decision 026). HF026.
CREATE FUNCTION assert_leaves(p_ledger int) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF (SELECT kind FROM ledgers WHERE id = p_ledger) = 'access' THEN
    RAISE EXCEPTION 'holdfast: an access ledger stays whole: nothing of it is archived, pruned or destroyed' USING ERRCODE = 'HF026';
  END IF;
END $$;

-- Records that say what is in force from there on: access that was granted and revoked, prompts and models that were changed. They govern what comes after them, however
-- old they are, so that their bodies stay here when they are pruned (decision 027). Believed where its SHA-256 is the one that the entry names.
CREATE TABLE governing_records (
  ledger_id int NOT NULL REFERENCES ledgers (id),
  seq bigint NOT NULL,
  action text COLLATE "C" NOT NULL,
  agent_name text COLLATE "C",
  body bytea NOT NULL,
  PRIMARY KEY (ledger_id, seq)
);
CREATE INDEX governing_records_agent ON governing_records (ledger_id, action, agent_name, seq);
CALL guard_table('governing_records');

-- Before records leave. Kept already they stay as they are.
CREATE FUNCTION keep_governing(p_ledger int, p_seqs bigint[]) RETURNS void
LANGUAGE sql SET search_path = public, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off AS $$
  INSERT INTO governing_records (ledger_id, seq, action, agent_name, body)
    SELECT p_ledger, u, r.action, r.agent_name, r.body
      FROM unnest(p_seqs) u CROSS JOIN LATERAL (SELECT r.action, r.agent_name, r.body FROM records r WHERE r.ledger_id = p_ledger AND r.seq = u OFFSET 0) r
     WHERE r.action IN ('access_granted', 'access_revoked', 'prompt_changed', 'model_changed')
    ON CONFLICT DO NOTHING
$$;

-- They were put back, or destroyed.
CREATE FUNCTION drop_governing(p_ledger int, p_seqs bigint[]) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE own boolean;
BEGIN
  IF NOT EXISTS (SELECT FROM governing_records g WHERE g.ledger_id = p_ledger AND g.seq = ANY (p_seqs)) THEN RETURN; END IF;
  INSERT INTO prune_permits (xid) VALUES (pg_current_xact_id()) ON CONFLICT DO NOTHING RETURNING true INTO own;
  DELETE FROM governing_records g WHERE g.ledger_id = p_ledger AND g.seq = ANY (p_seqs);
  IF own THEN DELETE FROM prune_permits WHERE xid = pg_current_xact_id(); END IF;
END $$;

REVOKE ALL ON FUNCTION assert_leaves, keep_governing, drop_governing FROM PUBLIC;
GRANT SELECT ON governing_records TO holdfast_app;
RESET ROLE;
