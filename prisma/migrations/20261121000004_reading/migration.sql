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
RESET ROLE;
