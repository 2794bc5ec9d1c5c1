SET ROLE holdfast_owner;

CREATE TABLE users (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  email text NOT NULL UNIQUE CHECK (email = lower(email)),
  name text NOT NULL,
  password_hash text,
  oidc_subject text UNIQUE,
  zone text NOT NULL DEFAULT 'UTC',
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  password_changed_at timestamptz(3),
  disabled_at timestamptz(3),
  last_seen_at timestamptz(3)
);

CREATE TABLE memberships (
  user_id uuid NOT NULL REFERENCES users (id),
  ledger_id int NOT NULL REFERENCES ledgers (id),
  role text NOT NULL CHECK (role IN ('auditor', 'compliance_officer', 'administrator')),
  granted_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, ledger_id)
);

-- Server side of a sign-in: idle 15 minutes and absolute 12 hours are decided from here on every request.
CREATE TABLE sessions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL REFERENCES users (id),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  last_seen_at timestamptz(3) NOT NULL DEFAULT now(),
  confirmed_at timestamptz(3) NOT NULL DEFAULT now(),
  expires_at timestamptz(3) NOT NULL,
  revoked_at timestamptz(3),
  address text,
  browser text
);
CREATE INDEX sessions_user ON sessions (user_id, created_at);

-- Growing delay per account and per address. `subject` is `account:<sha256 of the address as typed>` or `address:<ip>`.
CREATE TABLE sign_in_throttles (
  subject text PRIMARY KEY,
  failures int NOT NULL,
  last_failure_at timestamptz(3) NOT NULL,
  blocked_until timestamptz(3) NOT NULL
);

-- One-time links: the first administrator, invitations, password resets by an administrator. Only the hash is kept.
CREATE TABLE one_time_links (
  token_hash bytea PRIMARY KEY,
  purpose text NOT NULL CHECK (purpose IN ('first_administrator', 'invitation', 'password_reset')),
  user_id uuid REFERENCES users (id),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  expires_at timestamptz(3) NOT NULL,
  used_at timestamptz(3)
);

CREATE TABLE api_keys (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  ledger_id int NOT NULL REFERENCES ledgers (id),
  kind text NOT NULL CHECK (kind IN ('ingest', 'read')),
  name text NOT NULL,
  hint text NOT NULL,
  secret_hash bytea NOT NULL UNIQUE CHECK (octet_length(secret_hash) = 32),
  agent_names text[] NOT NULL DEFAULT '{}',
  may_write_user boolean NOT NULL DEFAULT false,
  created_by uuid REFERENCES users (id),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  expires_at timestamptz(3),
  revoked_at timestamptz(3),
  last_used_at timestamptz(3)
);
CREATE INDEX api_keys_ledger ON api_keys (ledger_id, created_at);

-- What a long piece of work tells the people who wait for it. The queue itself is the library's (schema graphile_worker).
CREATE TABLE jobs (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  kind text NOT NULL,
  ledger_id int REFERENCES ledgers (id),
  params jsonb NOT NULL,
  state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'cancelled', 'failed')),
  progress_done bigint NOT NULL DEFAULT 0,
  progress_total bigint,
  cancel_requested boolean NOT NULL DEFAULT false,
  error text,
  requested_by text NOT NULL,
  requested_at timestamptz(3) NOT NULL DEFAULT now(),
  started_at timestamptz(3),
  heartbeat_at timestamptz(3),
  finished_at timestamptz(3)
);
CREATE INDEX jobs_ledger ON jobs (ledger_id, kind, requested_at);

-- The result of a verification job; same id as its job.
CREATE TABLE verifications (
  id uuid PRIMARY KEY REFERENCES jobs (id),
  ledger_id int NOT NULL REFERENCES ledgers (id),
  scope_kind text NOT NULL CHECK (scope_kind IN ('ledger', 'range', 'conversation')),
  from_seq bigint,
  to_seq bigint,
  conversation_id text COLLATE "C",
  verdict text CHECK (verdict IN ('valid', 'tampered', 'incomplete', 'empty', 'cannot_verify')),
  records_checked bigint NOT NULL DEFAULT 0,
  head_seq bigint,
  head_hash bytea,
  breaks_total bigint NOT NULL DEFAULT 0,
  requested_at timestamptz(3) NOT NULL DEFAULT now(),
  finished_at timestamptz(3)
);
CREATE INDEX verifications_ledger ON verifications (ledger_id, requested_at);
CREATE INDEX verifications_conversation ON verifications (ledger_id, conversation_id, requested_at) WHERE conversation_id IS NOT NULL;

CREATE TABLE verification_breaks (
  verification_id uuid NOT NULL REFERENCES verifications (id),
  ordinal int NOT NULL,
  seq bigint NOT NULL,
  record_id uuid,
  code text NOT NULL,
  expected text NOT NULL,
  found text NOT NULL,
  PRIMARY KEY (verification_id, ordinal)
);

-- Counted behind the append path, in steps that each say up to which entry they reach; never the source of truth.
CREATE TABLE volume_counts (
  ledger_id int NOT NULL REFERENCES ledgers (id),
  day date NOT NULL,
  action text COLLATE "C" NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (ledger_id, day, action)
);
CREATE TABLE volume_progress (
  ledger_id int PRIMARY KEY REFERENCES ledgers (id),
  counted_to bigint NOT NULL
);

CREATE TABLE saved_views (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL REFERENCES users (id),
  screen text NOT NULL,
  name text NOT NULL,
  query text NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  UNIQUE (user_id, screen, name)
);

GRANT SELECT, INSERT, UPDATE ON users, memberships, sessions, sign_in_throttles, one_time_links, api_keys, jobs, verifications, volume_counts, volume_progress, saved_views TO holdfast_app;
GRANT DELETE ON memberships, sign_in_throttles, saved_views TO holdfast_app;
GRANT SELECT, INSERT ON verification_breaks TO holdfast_app;
RESET ROLE;
