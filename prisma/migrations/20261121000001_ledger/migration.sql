-- Roles: the owner makes and changes tables; the app reads and appends through functions; the pruner will call the prune function; jobs owns
-- the queue's schema and nothing else. Roles belong to the whole cluster, so each is made only where it is missing.
DO $$
DECLARE r text;
BEGIN
  FOREACH r IN ARRAY ARRAY['holdfast_owner', 'holdfast_app', 'holdfast_pruner', 'holdfast_jobs'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN
      BEGIN EXECUTE format('CREATE ROLE %I NOLOGIN', r); EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END;
    END IF;
    IF NOT pg_has_role(current_user, r, 'USAGE') THEN EXECUTE format('GRANT %I TO CURRENT_USER', r); END IF;
  END LOOP;
END $$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO holdfast_owner;
GRANT USAGE ON SCHEMA public TO holdfast_app, holdfast_pruner, holdfast_jobs;
-- Not dropped with the migration: the library keeps its queue there.
CREATE SCHEMA IF NOT EXISTS graphile_worker AUTHORIZATION holdfast_jobs;

SET ROLE holdfast_owner;

CREATE TABLE ledgers (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  slug text COLLATE "C" NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  origin text COLLATE "C" NOT NULL UNIQUE CHECK (origin ~ '^[!-*,-~]{1,200}$'),
  kind text NOT NULL CHECK (kind IN ('agents', 'access')),
  name text NOT NULL,
  demo boolean NOT NULL DEFAULT false,
  created_at timestamptz(3) NOT NULL DEFAULT now()
);

-- Headers: permanent. What verifies stays when the words have gone.
CREATE TABLE entries (
  ledger_id int NOT NULL,
  seq bigint NOT NULL CHECK (seq >= 0),
  id uuid NOT NULL,
  received_at_us bigint NOT NULL,
  conversation_seq bigint NOT NULL,
  body_hash bytea NOT NULL CHECK (octet_length(body_hash) = 32),
  submitted bytea NOT NULL CHECK (octet_length(submitted) = 32),
  previous_hash bytea NOT NULL CHECK (octet_length(previous_hash) = 32),
  integrity_hash bytea NOT NULL CHECK (octet_length(integrity_hash) = 32),
  PRIMARY KEY (ledger_id, seq),
  CONSTRAINT entries_ledger_id_id_key UNIQUE (ledger_id, id)
);

-- Bodies: the only truth, with a projection for filters beside them. A leaf holds 262,144 positions of one ledger, so that a leaf whose
-- every record is archived can be dropped at once.
CREATE TABLE records (
  ledger_id int NOT NULL,
  seq bigint NOT NULL,
  body bytea NOT NULL CHECK (octet_length(body) <= 65536),
  id uuid NOT NULL,
  occurred_at timestamptz(3) NOT NULL,
  action text COLLATE "C" NOT NULL,
  actor_id text COLLATE "C" NOT NULL,
  actor_type text COLLATE "C" NOT NULL,
  conversation_id text COLLATE "C",
  conversation_seq bigint NOT NULL,
  agent_name text COLLATE "C",
  resource_type text COLLATE "C",
  resource_id text COLLATE "C",
  subject_id text COLLATE "C",
  outcome text COLLATE "C",
  classification smallint,
  PRIMARY KEY (ledger_id, seq)
) PARTITION BY LIST (ledger_id);
CREATE INDEX records_conversation ON records (conversation_id, conversation_seq) WHERE conversation_id IS NOT NULL;
CREATE INDEX records_actor ON records (actor_id, seq);
CREATE INDEX records_resource ON records (resource_type, resource_id, seq) WHERE resource_type IS NOT NULL;
CREATE INDEX records_subject ON records (subject_id, seq) WHERE subject_id IS NOT NULL;
CREATE INDEX records_action ON records (action, seq);
CREATE INDEX records_agent ON records (agent_name, seq) WHERE agent_name IS NOT NULL;
CREATE INDEX records_class ON records (classification, seq);
CREATE INDEX records_outcome ON records (outcome, seq) WHERE outcome <> 'success';
CREATE INDEX records_time ON records (occurred_at);

-- A line a conversation, kept by append. Indexed columns change seldom or never, so that its updates stay on their page (HOT).
CREATE TABLE conversations (
  ledger_id int NOT NULL,
  conversation_id text COLLATE "C" NOT NULL,
  record_count bigint NOT NULL,
  first_seq bigint NOT NULL,
  last_seq bigint NOT NULL,
  first_at timestamptz(3) NOT NULL,
  last_at timestamptz(3) NOT NULL,
  agent_name text COLLATE "C",
  user_id text COLLATE "C",
  subject_id text COLLATE "C",
  classification smallint,
  agent_seq_max bigint NOT NULL DEFAULT 0,
  agent_seq_count bigint NOT NULL DEFAULT 0,
  has_gap boolean NOT NULL DEFAULT false,
  ended boolean NOT NULL DEFAULT false,
  PRIMARY KEY (ledger_id, conversation_id)
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX conversations_first ON conversations (ledger_id, first_seq);
CREATE INDEX conversations_agent ON conversations (ledger_id, agent_name, first_seq);
CREATE INDEX conversations_user ON conversations (ledger_id, user_id, first_seq) WHERE user_id IS NOT NULL;
CREATE INDEX conversations_subject ON conversations (ledger_id, subject_id, first_seq) WHERE subject_id IS NOT NULL;
CREATE INDEX conversations_class ON conversations (ledger_id, classification, first_seq);
CREATE INDEX conversations_gap ON conversations (ledger_id, first_seq) WHERE has_gap;
CREATE INDEX conversations_open ON conversations (ledger_id, first_seq) WHERE NOT ended;
CREATE INDEX conversations_time ON conversations (ledger_id, first_at);

-- Refused for every role, the owner and a superuser's ordinary session included. ENABLE ALWAYS: session_replication_role does not switch it off.
-- P0001 with a name of our own: 23001 would be misread as a foreign key by the client.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'holdfast: % on % is refused: this table only grows', TG_OP, TG_TABLE_NAME USING ERRCODE = 'HF001';
END $$;

CREATE PROCEDURE guard_table(t regclass) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER append_only_statement BEFORE UPDATE OR DELETE OR TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', t);
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER append_only_statement', t);
  IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = t AND tgname = 'append_only_row') THEN
    EXECUTE format('CREATE TRIGGER append_only_row BEFORE UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION refuse_change()', t);
  END IF;
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER append_only_row', t);
END $$;
CALL guard_table('entries');
CALL guard_table('records');
CALL guard_table('ledgers');

-- The leaf for block n (positions n·262144 … n·262144 + 262143) of a ledger; made by append when the first position of a block is given out.
CREATE FUNCTION ensure_record_block(p_ledger int, p_block bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE leaf text := format('records_l%s_b%s', p_ledger, p_block);
BEGIN
  IF to_regclass(leaf) IS NOT NULL THEN RETURN; END IF;
  EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%s) TO (%s)', leaf, 'records_l' || p_ledger, p_block * 262144, (p_block + 1) * 262144);
  CALL guard_table(leaf::regclass);
END $$;

-- Makes a ledger. Its genesis hash follows from its origin alone: SHA-256("holdfast/genesis/v1\n" ‖ origin).
CREATE FUNCTION create_ledger(p_slug text, p_origin text, p_kind text, p_name text, p_demo boolean) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE new_id int;
BEGIN
  INSERT INTO ledgers (slug, origin, kind, name, demo) VALUES (p_slug, p_origin, p_kind, p_name, p_demo) RETURNING id INTO new_id;
  EXECUTE format('CREATE TABLE %I PARTITION OF records FOR VALUES IN (%s) PARTITION BY RANGE (seq)', 'records_l' || new_id, new_id);
  CALL guard_table(('records_l' || new_id)::regclass);
  PERFORM ensure_record_block(new_id, 0);
  RETURN new_id;
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
REVOKE ALL ON PROCEDURE guard_table(regclass) FROM PUBLIC;
GRANT SELECT ON ledgers, entries, records, conversations TO holdfast_app;
GRANT EXECUTE ON FUNCTION create_ledger(text, text, text, text, boolean) TO holdfast_app;
RESET ROLE;
