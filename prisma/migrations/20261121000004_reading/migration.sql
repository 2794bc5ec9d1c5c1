SET ROLE holdfast_owner;

-- With the position as their last column these two answer "the newest positions within these days" from the index alone, however many rows
-- the days hold; without it each row in between would be fetched.
DROP INDEX records_time;
CREATE INDEX records_time ON records (occurred_at, seq);
DROP INDEX conversations_time;
CREATE INDEX conversations_time ON conversations (ledger_id, first_at, first_seq);

-- Administrators and systems write little; users and agents, who write nearly all, are found by walking.
CREATE INDEX records_rare_actor_type ON records (actor_type, seq) WHERE actor_type IN ('admin', 'system');

-- The integrity line, on every screen: the newest finished run over a whole ledger, however many conversations were verified since.
CREATE INDEX verifications_whole ON verifications (ledger_id, requested_at) WHERE scope_kind = 'ledger' AND verdict IS NOT NULL;

-- Counted in the same steps as volume_counts; the empty name stands for conversations without an agent's name.
CREATE TABLE agent_counts (
  ledger_id int NOT NULL REFERENCES ledgers (id),
  agent_name text COLLATE "C" NOT NULL,
  conversations bigint NOT NULL,
  PRIMARY KEY (ledger_id, agent_name)
);
GRANT SELECT, INSERT, UPDATE ON agent_counts TO holdfast_app;

-- Filters are asked of one ledger's own partition, records_l<id>: there ledger_id need not be said, so that an index on (filter, position) answers
-- alone, and the primary key, which would lead the planner to walk everything for a rare value, cannot give the order.
CREATE OR REPLACE FUNCTION create_ledger(p_slug text, p_origin text, p_kind text, p_name text, p_demo boolean) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE new_id int;
BEGIN
  INSERT INTO ledgers (slug, origin, kind, name, demo) VALUES (p_slug, p_origin, p_kind, p_name, p_demo) RETURNING id INTO new_id;
  EXECUTE format('CREATE TABLE %I PARTITION OF records FOR VALUES IN (%s) PARTITION BY RANGE (seq)', 'records_l' || new_id, new_id);
  EXECUTE format('GRANT SELECT ON %I TO holdfast_app', 'records_l' || new_id);
  CALL guard_table(('records_l' || new_id)::regclass);
  PERFORM ensure_record_block(new_id, 0);
  RETURN new_id;
END $$;
DO $$
DECLARE known int;
BEGIN
  FOR known IN SELECT id FROM ledgers LOOP EXECUTE format('GRANT SELECT ON %I TO holdfast_app', 'records_l' || known); END LOOP;
END $$;
RESET ROLE;
