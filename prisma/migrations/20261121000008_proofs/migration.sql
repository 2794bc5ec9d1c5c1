SET ROLE holdfast_owner;

-- Full tiles of the tree over entries (C2SP tlog-tiles), kept as they fill, never changed, and taken away only where the end of the ledger was cut off under them. A partial tile is not kept: on level 0 it is the last
-- entries, above it the roots of the full tiles below, so that a proof reads a few hundred rows by key at any size. Derived from entries: a verification
-- makes them anew and compares.
CREATE TABLE tree_tiles (
  ledger_id int NOT NULL REFERENCES ledgers (id),
  level smallint NOT NULL CHECK (level BETWEEN 0 AND 7),
  tile bigint NOT NULL CHECK (tile >= 0),
  root bytea NOT NULL CHECK (octet_length(root) = 32),
  hashes bytea NOT NULL CHECK (octet_length(hashes) = 8192),
  PRIMARY KEY (ledger_id, level, tile)
);
-- Hashes do not compress; out of line, so that reading 256 roots does not read 256 tiles.
ALTER TABLE tree_tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;
ALTER TABLE tree_tiles SET (toast_tuple_target = 256);

-- A tile whose last entry is there stays, whoever asks. One that reaches beyond the end is a tile of no tree any more, and stands in the way of the next.
CREATE FUNCTION guard_tile() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT FROM entries WHERE ledger_id = OLD.ledger_id
       AND seq = least((OLD.tile + 1) * power(256::numeric, OLD.level + 1) - 1, 9223372036854775807)::bigint) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'holdfast: % on % is refused: a tile over entries that are there stays as it is', TG_OP, TG_TABLE_NAME USING ERRCODE = 'HF001';
END $$;
CREATE TRIGGER append_only_row BEFORE UPDATE OR DELETE ON tree_tiles FOR EACH ROW EXECUTE FUNCTION guard_tile();
CREATE TRIGGER append_only_statement BEFORE UPDATE OR TRUNCATE ON tree_tiles FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE tree_tiles ENABLE ALWAYS TRIGGER append_only_row, ENABLE ALWAYS TRIGGER append_only_statement;

-- What a ledger's tree is called, and since when. Number 1 bears the ledger's own origin; a ledger restored from a backup behind what was signed goes on
-- under the next number with an origin of its own, and `statement` (a signed note) says what it follows.
CREATE TABLE incarnations (
  ledger_id int NOT NULL REFERENCES ledgers (id),
  number int NOT NULL CHECK (number >= 1),
  origin text COLLATE "C" NOT NULL UNIQUE,
  began_at timestamptz(3) NOT NULL DEFAULT now(),
  -- The tree that was found when it began.
  size bigint NOT NULL,
  root bytea NOT NULL CHECK (octet_length(root) = 32),
  -- The last tree that was signed under the number before; null for number 1.
  previous_size bigint,
  previous_root bytea,
  statement bytea,
  PRIMARY KEY (ledger_id, number)
);
CALL guard_table('incarnations');

-- Every checkpoint that was signed: a signed note (C2SP tlog-checkpoint). Numbered without gaps; a heartbeat repeats size and root with a later time.
CREATE TABLE checkpoints (
  ledger_id int NOT NULL REFERENCES ledgers (id),
  number bigint NOT NULL CHECK (number >= 1),
  incarnation int NOT NULL,
  size bigint NOT NULL CHECK (size >= 0),
  root bytea NOT NULL CHECK (octet_length(root) = 32),
  note bytea NOT NULL CHECK (octet_length(note) <= 65536),
  signed_at timestamptz(3) NOT NULL,
  PRIMARY KEY (ledger_id, number),
  FOREIGN KEY (ledger_id, incarnation) REFERENCES incarnations (ledger_id, number)
);
CREATE INDEX checkpoints_size ON checkpoints (ledger_id, size, number);
CREATE INDEX checkpoints_incarnation ON checkpoints (ledger_id, incarnation, number);
CALL guard_table('checkpoints');

-- Verifier keys of the signer, each valid for the checkpoints of one incarnation from one size to another (to_size null: still in use).
CREATE TABLE signer_keys (
  ledger_id int NOT NULL REFERENCES ledgers (id),
  incarnation int NOT NULL,
  vkey text COLLATE "C" NOT NULL,
  kind text NOT NULL CHECK (kind IN ('ed25519', 'ml-dsa-44')),
  from_size bigint NOT NULL,
  to_size bigint,
  introduced_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (ledger_id, incarnation, vkey)
);

-- Where checkpoints are sent, and how it went. What a target needs to be reached is in config; secrets of mail and object stores stay in the environment.
CREATE TABLE anchor_targets (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  ledger_id int NOT NULL REFERENCES ledgers (id),
  kind text NOT NULL CHECK (kind IN ('witness', 'timestamp', 'webhook', 'object_lock', 'email')),
  name text NOT NULL,
  config jsonb NOT NULL,
  every_seconds int NOT NULL CHECK (every_seconds BETWEEN 1 AND 604800),
  enabled boolean NOT NULL DEFAULT true,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  created_by text NOT NULL,
  next_at timestamptz(3) NOT NULL DEFAULT now(),
  failures int NOT NULL DEFAULT 0,
  last_error text,
  last_attempt_at timestamptz(3),
  last_success_at timestamptz(3),
  removed_at timestamptz(3)
);
CREATE INDEX anchor_targets_due ON anchor_targets (next_at) WHERE enabled AND removed_at IS NULL;
CREATE INDEX anchor_targets_ledger ON anchor_targets (ledger_id, created_at) WHERE removed_at IS NULL;

-- What came back from outside: cosignature lines, a time-stamp response (DER), the version of a locked object, the answer to a post.
CREATE TABLE anchors (
  ledger_id int NOT NULL,
  checkpoint_number bigint NOT NULL,
  target_id uuid NOT NULL REFERENCES anchor_targets (id),
  kind text NOT NULL,
  target_name text NOT NULL,
  anchored_at timestamptz(3) NOT NULL,
  evidence bytea NOT NULL,
  PRIMARY KEY (ledger_id, checkpoint_number, target_id),
  FOREIGN KEY (ledger_id, checkpoint_number) REFERENCES checkpoints (ledger_id, number)
);
CREATE INDEX anchors_newest ON anchors (ledger_id, anchored_at);
CREATE INDEX anchors_target ON anchors (target_id, checkpoint_number);
CALL guard_table('anchors');

CREATE TABLE proof_settings (
  ledger_id int PRIMARY KEY REFERENCES ledgers (id),
  -- Whether checkpoint and tiles (hashes alone) are given without a key.
  tlog_public boolean NOT NULL DEFAULT false,
  -- How many witnesses must have cosigned a checkpoint for it to count as witnessed.
  witness_quorum int NOT NULL DEFAULT 1 CHECK (witness_quorum BETWEEN 1 AND 32),
  verify_every_minutes int NOT NULL DEFAULT 15 CHECK (verify_every_minutes BETWEEN 1 AND 1440),
  -- Whole ledger, once a day, UTC.
  verify_whole_at time NOT NULL DEFAULT '02:00',
  anchor_alarm_minutes int NOT NULL DEFAULT 60 CHECK (anchor_alarm_minutes BETWEEN 1 AND 10080),
  alarm_webhook text,
  alarm_webhook_secret text,
  alarm_emails text[] NOT NULL DEFAULT '{}',
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_by text
);

-- What somebody must look at. One is open for a kind and a subject at a time; it ends when its cause has gone, or when a person has settled it.
CREATE TABLE alarms (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  ledger_id int NOT NULL REFERENCES ledgers (id),
  kind text NOT NULL CHECK (kind IN ('verification_failed', 'verification_overdue', 'anchor_old', 'signer_refused', 'new_incarnation')),
  subject text NOT NULL DEFAULT '',
  detail jsonb NOT NULL DEFAULT '{}',
  raised_at timestamptz(3) NOT NULL DEFAULT now(),
  last_seen_at timestamptz(3) NOT NULL DEFAULT now(),
  ended_at timestamptz(3),
  ended_by text,
  reason text,
  -- Deliveries still owed to a webhook or to addresses; null when told to all.
  tell_at timestamptz(3) DEFAULT now(),
  tell_failures int NOT NULL DEFAULT 0,
  told_at timestamptz(3),
  last_error text
);
CREATE UNIQUE INDEX alarms_open ON alarms (ledger_id, kind, subject) WHERE ended_at IS NULL;
CREATE INDEX alarms_ledger ON alarms (ledger_id, raised_at);
CREATE INDEX alarms_to_tell ON alarms (tell_at) WHERE tell_at IS NOT NULL;

ALTER TABLE verifications ADD COLUMN triggered_by text NOT NULL DEFAULT 'person' CHECK (triggered_by IN ('person', 'schedule', 'start'));
ALTER TABLE verifications ADD COLUMN checkpoint_number bigint;
ALTER TABLE verifications ADD COLUMN checkpoints_checked bigint;
-- What the run looked at and what it did not: [{name, outcome, say}].
ALTER TABLE verifications ADD COLUMN checks jsonb NOT NULL DEFAULT '[]';
CREATE INDEX verifications_scheduled ON verifications (ledger_id, requested_at) WHERE triggered_by = 'schedule';

-- A file that somebody asked for; same id as its job. Kept in pieces, so that any process can give it out, until it expires.
CREATE TABLE exports (
  id uuid PRIMARY KEY REFERENCES jobs (id),
  ledger_id int NOT NULL REFERENCES ledgers (id),
  kind text NOT NULL CHECK (kind IN ('evidence')),
  scope jsonb NOT NULL,
  requested_by text NOT NULL,
  requested_at timestamptz(3) NOT NULL DEFAULT now(),
  file_name text,
  records bigint,
  bytes bigint,
  sha256 bytea CHECK (octet_length(sha256) = 32),
  finished_at timestamptz(3),
  expires_at timestamptz(3)
);
CREATE INDEX exports_ledger ON exports (ledger_id, requested_at);
CREATE INDEX exports_expired ON exports (expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE export_pieces (
  export_id uuid NOT NULL REFERENCES exports (id),
  ordinal int NOT NULL,
  bytes bytea NOT NULL CHECK (octet_length(bytes) <= 1048576),
  PRIMARY KEY (export_id, ordinal)
);
ALTER TABLE export_pieces ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- Tiles in order and whole, each under entries that are there: what is sealed twice must be the same.
CREATE FUNCTION seal_tiles(p_ledger int, p_levels smallint[], p_tiles bigint[], p_roots bytea[], p_hashes bytea[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
  i int;
  existing bytea;
BEGIN
  PERFORM pg_advisory_xact_lock(1212435539, p_ledger);
  FOR i IN 1 .. coalesce(array_length(p_levels, 1), 0) LOOP
    SELECT root INTO existing FROM tree_tiles WHERE ledger_id = p_ledger AND level = p_levels[i] AND tile = p_tiles[i];
    IF FOUND THEN
      IF existing <> p_roots[i] THEN
        RAISE EXCEPTION 'holdfast: tile %/% of ledger % stands with another root', p_levels[i], p_tiles[i], p_ledger USING ERRCODE = 'HF003';
      END IF;
      CONTINUE;
    END IF;
    IF p_tiles[i] > 0 AND NOT EXISTS (SELECT FROM tree_tiles WHERE ledger_id = p_ledger AND level = p_levels[i] AND tile = p_tiles[i] - 1) THEN
      RAISE EXCEPTION 'holdfast: tile %/% of ledger % does not follow another', p_levels[i], p_tiles[i], p_ledger USING ERRCODE = 'HF003';
    END IF;
    IF NOT EXISTS (SELECT FROM entries WHERE ledger_id = p_ledger AND seq = ((p_tiles[i] + 1) * power(256::numeric, p_levels[i] + 1))::bigint - 1) THEN
      RAISE EXCEPTION 'holdfast: tile %/% of ledger % reaches beyond its entries', p_levels[i], p_tiles[i], p_ledger USING ERRCODE = 'HF003';
    END IF;
    INSERT INTO tree_tiles (ledger_id, level, tile, root, hashes) VALUES (p_ledger, p_levels[i], p_tiles[i], p_roots[i], p_hashes[i]);
  END LOOP;
END $$;

-- Takes away the tiles that reach beyond the last entry: what they were over was cut off. The caller has made sure that the entries before are what the
-- other tiles say. Returns how many.
CREATE FUNCTION drop_tiles_beyond(p_ledger int) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
  size numeric;
  dropped bigint := 0;
  gone bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(1212435539, p_ledger);
  SELECT coalesce(max(seq) + 1, 0) INTO size FROM entries WHERE ledger_id = p_ledger;
  FOR l IN 0 .. 7 LOOP
    DELETE FROM tree_tiles WHERE ledger_id = p_ledger AND level = l AND tile >= div(size, power(256::numeric, l + 1))::bigint;
    GET DIAGNOSTICS gone = ROW_COUNT;
    dropped := dropped + gone;
  END LOOP;
  RETURN dropped;
END $$;

-- Keeps a checkpoint that the signer has signed. It is numbered here; two at once wait for each other.
CREATE FUNCTION keep_checkpoint(p_ledger int, p_incarnation int, p_size bigint, p_root bytea, p_note bytea, p_signed_at timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
  new_number bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(1212435540, p_ledger);
  SELECT coalesce(max(number), 0) + 1 INTO new_number FROM checkpoints WHERE ledger_id = p_ledger;
  INSERT INTO checkpoints (ledger_id, number, incarnation, size, root, note, signed_at)
  VALUES (p_ledger, new_number, p_incarnation, p_size, p_root, p_note, p_signed_at);
  RETURN new_number;
END $$;

-- A key is retired once, and nothing else of it ever changes: a stolen one that was retired must not count for sizes after its end again.
CREATE FUNCTION guard_signer_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.to_size IS NULL AND NEW.to_size >= OLD.from_size
     AND (NEW.ledger_id, NEW.incarnation, NEW.vkey, NEW.kind, NEW.from_size, NEW.introduced_at)
       = (OLD.ledger_id, OLD.incarnation, OLD.vkey, OLD.kind, OLD.from_size, OLD.introduced_at) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'holdfast: % of signer_keys is refused', TG_OP USING ERRCODE = 'HF001';
END $$;
CREATE TRIGGER append_only_row BEFORE UPDATE OR DELETE ON signer_keys FOR EACH ROW EXECUTE FUNCTION guard_signer_key();
CREATE TRIGGER append_only_statement BEFORE TRUNCATE ON signer_keys FOR EACH STATEMENT EXECUTE FUNCTION guard_signer_key();
ALTER TABLE signer_keys ENABLE ALWAYS TRIGGER append_only_row, ENABLE ALWAYS TRIGGER append_only_statement;

GRANT SELECT ON tree_tiles, checkpoints TO holdfast_app;
GRANT SELECT, INSERT ON incarnations, anchors TO holdfast_app;
GRANT SELECT, INSERT, UPDATE (to_size) ON signer_keys TO holdfast_app;
GRANT SELECT, INSERT, UPDATE ON anchor_targets, proof_settings, alarms, exports TO holdfast_app;
GRANT SELECT, INSERT, DELETE ON export_pieces TO holdfast_app;
REVOKE ALL ON FUNCTION seal_tiles(int, smallint[], bigint[], bytea[], bytea[]), keep_checkpoint(int, int, bigint, bytea, bytea, timestamptz), drop_tiles_beyond(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION seal_tiles(int, smallint[], bigint[], bytea[], bytea[]), keep_checkpoint(int, int, bigint, bytea, bytea, timestamptz), drop_tiles_beyond(int)
  TO holdfast_app;
RESET ROLE;
