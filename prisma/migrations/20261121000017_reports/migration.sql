SET ROLE holdfast_owner;

-- A list as a screen showed it, or a month of a ledger, as files that somebody asked for; same id as its job. The line stays when the files have gone.
CREATE TABLE reports (
  id uuid PRIMARY KEY REFERENCES jobs (id),
  ledger_id int NOT NULL REFERENCES ledgers (id),
  -- As lib/schema/reports.ts names them.
  kind text NOT NULL CHECK (kind ~ '^[a-z_]{1,32}$'),
  query text NOT NULL,
  columns text[] NOT NULL,
  formats text[] NOT NULL CHECK (formats <@ ARRAY['csv', 'jsonl', 'pdf'] AND cardinality(formats) BETWEEN 1 AND 3),
  zone text NOT NULL,
  -- The last entry of the ledger when it was asked for: what comes later is not in it. Null for an empty ledger.
  head bigint,
  requested_by text NOT NULL,
  requested_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  -- From here on null until it is done.
  attempt uuid,
  rows bigint,
  checkpoint_number bigint,
  finished_at timestamptz(3),
  expires_at timestamptz(3)
);
CREATE INDEX reports_ledger ON reports (ledger_id, requested_at);
CREATE INDEX reports_expired ON reports (expires_at) WHERE expires_at IS NOT NULL;

-- What a report was is written once: its hashes are what a file from elsewhere is told by, years after the file has gone.
CREATE FUNCTION guard_report() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.finished_at IS NULL
     AND (OLD.id, OLD.ledger_id, OLD.kind, OLD.query, OLD.columns, OLD.formats, OLD.zone, OLD.requested_by, OLD.requested_at)
       = (NEW.id, NEW.ledger_id, NEW.kind, NEW.query, NEW.columns, NEW.formats, NEW.zone, NEW.requested_by, NEW.requested_at)
     AND OLD.head IS NOT DISTINCT FROM NEW.head THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'holdfast: % of reports is refused', TG_OP USING ERRCODE = 'HF001';
END $$;
CREATE TRIGGER append_only_row BEFORE UPDATE OR DELETE ON reports FOR EACH ROW EXECUTE FUNCTION guard_report();
CREATE TRIGGER append_only_statement BEFORE TRUNCATE ON reports FOR EACH STATEMENT EXECUTE FUNCTION guard_report();
ALTER TABLE reports ENABLE ALWAYS TRIGGER append_only_row, ENABLE ALWAYS TRIGGER append_only_statement;

CREATE TABLE report_files (
  report_id uuid NOT NULL REFERENCES reports (id),
  format text NOT NULL CHECK (format IN ('csv', 'jsonl', 'pdf', 'about')),
  file_name text NOT NULL,
  bytes bigint NOT NULL CHECK (bytes >= 0),
  sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
  PRIMARY KEY (report_id, format)
);
CALL guard_table('report_files');

-- The files in pieces, so that any process can give them out, until they expire. Two processes that make the same report (one of them was only thought dead) do
-- not mix theirs: the report names the attempt that ended it.
CREATE TABLE report_pieces (
  report_id uuid NOT NULL REFERENCES reports (id),
  attempt uuid NOT NULL,
  format text NOT NULL,
  ordinal int NOT NULL,
  bytes bytea NOT NULL CHECK (octet_length(bytes) <= 1048576),
  PRIMARY KEY (report_id, attempt, format, ordinal)
);
ALTER TABLE report_pieces ALTER COLUMN bytes SET STORAGE EXTERNAL;

GRANT SELECT, INSERT, UPDATE (attempt, rows, checkpoint_number, finished_at, expires_at) ON reports TO holdfast_app;
GRANT SELECT, INSERT ON report_files TO holdfast_app;
GRANT SELECT, INSERT, DELETE ON report_pieces TO holdfast_app;
RESET ROLE;
