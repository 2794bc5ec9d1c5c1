SET ROLE holdfast_owner;

-- Archival: records leave the database once a copy of them has been put into an archive store, looked at there, and found to be what was put. Every step is a row
-- here, so that a process that is killed, or two that work at once, take nothing away too early: docs/archive.md.
CREATE TABLE archive_runs (
  id uuid PRIMARY KEY REFERENCES jobs (id),
  ledger_id int NOT NULL REFERENCES ledgers (id),
  kind text NOT NULL CHECK (kind IN ('archive', 'restore')),
  triggered_by text NOT NULL DEFAULT 'person' CHECK (triggered_by IN ('person', 'schedule')),
  requested_by text NOT NULL,
  requested_at timestamptz(3) NOT NULL DEFAULT now(),
  -- What was asked for: {policy} or {from, to}; {} for all that is due.
  scope jsonb NOT NULL DEFAULT '{}',
  -- Where it went: {kind, place, worm}.
  store jsonb,
  segments int NOT NULL DEFAULT 0,
  records bigint NOT NULL DEFAULT 0,
  bytes bigint NOT NULL DEFAULT 0,
  pruned bigint NOT NULL DEFAULT 0,
  held bigint NOT NULL DEFAULT 0,
  -- Left where they are, because they are not what their entries name.
  altered bigint NOT NULL DEFAULT 0,
  -- In a sentence; what stopped it where something did.
  outcome text,
  finished_at timestamptz(3)
);
CREATE INDEX archive_runs_ledger ON archive_runs (ledger_id, requested_at);

-- What a run did is written while it goes on, and stands from its end on; the access ledger has it too.
CREATE FUNCTION guard_archive_run() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.finished_at IS NULL
     AND (OLD.id, OLD.ledger_id, OLD.kind, OLD.triggered_by, OLD.requested_by, OLD.requested_at, OLD.scope)
       = (NEW.id, NEW.ledger_id, NEW.kind, NEW.triggered_by, NEW.requested_by, NEW.requested_at, NEW.scope)
     AND NEW.segments >= OLD.segments AND NEW.records >= OLD.records AND NEW.bytes >= OLD.bytes AND NEW.pruned >= OLD.pruned THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'holdfast: % of archive_runs is refused', TG_OP USING ERRCODE = 'HF001';
END $$;
CREATE TRIGGER append_only_row BEFORE UPDATE OR DELETE ON archive_runs FOR EACH ROW EXECUTE FUNCTION guard_archive_run();
CREATE TRIGGER append_only_statement BEFORE TRUNCATE ON archive_runs FOR EACH STATEMENT EXECUTE FUNCTION guard_archive_run();
ALTER TABLE archive_runs ENABLE ALWAYS TRIGGER append_only_row, ENABLE ALWAYS TRIGGER append_only_statement;

CREATE TABLE archive_segments (
  ledger_id int NOT NULL REFERENCES ledgers (id),
  number bigint NOT NULL CHECK (number >= 1),
  run_id uuid REFERENCES archive_runs (id),
  -- planned → uploaded → confirmed → pruned; and back to confirmed where some of it was put back. abandoned: planned or uploaded, and given up before it was confirmed;
  -- what it would have held is in no segment, and the manifest that follows tells its number.
  state text NOT NULL DEFAULT 'planned' CHECK (state IN ('planned', 'uploaded', 'confirmed', 'pruned', 'abandoned')),
  store text NOT NULL CHECK (store IN ('s3', 'directory')),
  place text NOT NULL,
  seqs int8multirange NOT NULL,
  first_seq bigint NOT NULL,
  last_seq bigint NOT NULL,
  rows int NOT NULL CHECK (rows BETWEEN 1 AND 262144),
  retain_until timestamptz(3) NOT NULL,
  checkpoint_number bigint NOT NULL,
  previous_sha256 bytea CHECK (octet_length(previous_sha256) = 32),
  planned_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  abandoned_at timestamptz(3),
  -- In a sentence, why.
  abandoned_because text,
  object_key text NOT NULL,
  manifest_key text NOT NULL,
  version_id text,
  manifest_version_id text,
  -- The signed note.
  manifest bytea CHECK (octet_length(manifest) <= 524288),
  manifest_sha256 bytea CHECK (octet_length(manifest_sha256) = 32),
  raw_bytes bigint,
  raw_sha256 bytea CHECK (octet_length(raw_sha256) = 32),
  gzip_bytes bigint,
  gzip_sha256 bytea CHECK (octet_length(gzip_sha256) = 32),
  uploaded_at timestamptz(3),
  -- As the store showed it.
  lock_mode text,
  locked_until timestamptz(3),
  confirmed_at timestamptz(3),
  -- Days of the sender's timestamps in it.
  event_from date,
  event_to date,
  -- Up to where what stays of its records has been noted: what holds are placed by (retention_traces), and what governs (governing_records). Pruning waits for it.
  noted_to bigint NOT NULL DEFAULT -1,
  pruned_to bigint NOT NULL DEFAULT -1,
  pruned_rows int NOT NULL DEFAULT 0,
  pruned_at timestamptz(3),
  -- What was put back stays at least until then.
  hot_until timestamptz(3),
  -- Both objects showed it when they were last looked at, and since when that is so.
  legal_hold boolean NOT NULL DEFAULT false,
  legal_hold_at timestamptz(3),
  -- Something was begun that the store has not confirmed: what it shows is not known.
  legal_hold_unsure boolean NOT NULL DEFAULT false,
  legal_hold_seen_at timestamptz(3),
  -- What stands in the way of what ought to be, in words, and since when; null once it is so.
  legal_hold_failed_at timestamptz(3),
  legal_hold_fault text,
  -- Until when its records are to be kept, as it was last decided, by which rules, and when. Its lock is made longer where it ends before.
  keep_until date,
  decided_by text,
  decided_at timestamptz(3),
  PRIMARY KEY (ledger_id, number),
  FOREIGN KEY (ledger_id, checkpoint_number) REFERENCES checkpoints (ledger_id, number),
  CONSTRAINT archive_segments_uploaded CHECK (state IN ('planned', 'abandoned') OR num_nulls(version_id, manifest_version_id, manifest, manifest_sha256, raw_bytes, raw_sha256,
    gzip_bytes, gzip_sha256, uploaded_at) = 0),
  CONSTRAINT archive_segments_confirmed CHECK (state IN ('planned', 'uploaded', 'abandoned') OR num_nulls(lock_mode, confirmed_at) = 0),
  CONSTRAINT archive_segments_abandoned CHECK ((state = 'abandoned') = (num_nulls(abandoned_at, abandoned_because) = 0))
);
CREATE INDEX archive_segments_place ON archive_segments (ledger_id, first_seq);
CREATE INDEX archive_segments_open ON archive_segments (ledger_id, number) WHERE state NOT IN ('pruned', 'abandoned');
CREATE INDEX archive_segments_run ON archive_segments (run_id);

-- Where the records of a conversation lie, beside what is still in the database.
CREATE TABLE archive_conversations (
  ledger_id int NOT NULL,
  conversation_id text COLLATE "C" NOT NULL,
  number bigint NOT NULL,
  seqs int8multirange NOT NULL,
  PRIMARY KEY (ledger_id, conversation_id, number),
  FOREIGN KEY (ledger_id, number) REFERENCES archive_segments (ledger_id, number)
);
CREATE INDEX archive_conversations_segment ON archive_conversations (ledger_id, number);

-- What volume_counts has of records that are no longer in the database, so that it can be counted anew.
CREATE TABLE archived_counts (
  ledger_id int NOT NULL REFERENCES ledgers (id),
  day date NOT NULL,
  action text COLLATE "C" NOT NULL,
  count bigint NOT NULL CHECK (count >= 0),
  PRIMARY KEY (ledger_id, day, action)
);

-- Who archives a ledger right now. Each holder has a number of its own: what one does that has lost its lease is refused.
CREATE TABLE archive_leases (
  ledger_id int PRIMARY KEY REFERENCES ledgers (id),
  holder uuid NOT NULL,
  fence bigint NOT NULL,
  held_until timestamptz NOT NULL
);

-- When a ledger is archived by itself; absent: never.
CREATE TABLE archive_settings (
  ledger_id int PRIMARY KEY REFERENCES ledgers (id),
  scheduled boolean NOT NULL DEFAULT false,
  -- UTC, once a day.
  at time NOT NULL DEFAULT '03:00',
  changed_by text NOT NULL,
  changed_at timestamptz(3) NOT NULL DEFAULT now()
);

-- The transaction in which the prune function deletes. Nothing else writes here, and no row outlives its transaction.
CREATE TABLE prune_permits (xid xid8 PRIMARY KEY);

-- As before (migration "ledger"), with the one way out: what the functions that prune and destroy delete in this very transaction.
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND TG_TABLE_SCHEMA = 'public' AND TG_TABLE_NAME ~ '^(records(_l[0-9]+(_b[0-9]+)?)?|content_parts|governing_records)$'
     AND EXISTS (SELECT FROM public.prune_permits p WHERE p.xid = pg_current_xact_id_if_assigned()) THEN
    IF TG_LEVEL = 'ROW' THEN RETURN OLD; END IF;
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'holdfast: % on % is refused: this table only grows', TG_OP, TG_TABLE_NAME USING ERRCODE = 'HF001';
END $$;

-- A segment goes its way forward; what was put, and where, stays as it was written.
CREATE FUNCTION keep_archive_segment() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  step text := CASE WHEN TG_OP = 'UPDATE' THEN OLD.state || '>' || NEW.state END;
BEGIN
  IF step IN ('planned>planned', 'planned>uploaded', 'uploaded>uploaded', 'uploaded>confirmed', 'confirmed>confirmed', 'confirmed>pruned', 'pruned>confirmed',
              'pruned>pruned', 'planned>abandoned', 'uploaded>abandoned')
     AND (OLD.ledger_id, OLD.number, OLD.run_id, OLD.store, OLD.place, OLD.seqs, OLD.first_seq, OLD.last_seq, OLD.rows, OLD.retain_until, OLD.checkpoint_number, OLD.previous_sha256, OLD.planned_at,
          OLD.object_key, OLD.manifest_key)
         IS NOT DISTINCT FROM
         (NEW.ledger_id, NEW.number, NEW.run_id, NEW.store, NEW.place, NEW.seqs, NEW.first_seq, NEW.last_seq, NEW.rows, NEW.retain_until, NEW.checkpoint_number, NEW.previous_sha256, NEW.planned_at,
          NEW.object_key, NEW.manifest_key)
     AND (OLD.state IN ('planned', 'uploaded')
          OR (OLD.version_id, OLD.manifest_version_id, OLD.manifest, OLD.raw_sha256, OLD.gzip_sha256, OLD.lock_mode, OLD.confirmed_at)
             IS NOT DISTINCT FROM
             (NEW.version_id, NEW.manifest_version_id, NEW.manifest, NEW.raw_sha256, NEW.gzip_sha256, NEW.lock_mode, NEW.confirmed_at)
             -- A lock is made longer, never shorter.
             AND (OLD.locked_until IS NOT DISTINCT FROM NEW.locked_until OR OLD.locked_until < NEW.locked_until)) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'holdfast: % of an archive segment is refused', coalesce(step, TG_OP) USING ERRCODE = 'HF001';
END $$;
CREATE TRIGGER append_only_row BEFORE UPDATE OR DELETE ON archive_segments FOR EACH ROW EXECUTE FUNCTION keep_archive_segment();
CREATE TRIGGER append_only_statement BEFORE TRUNCATE ON archive_segments FOR EACH STATEMENT EXECUTE FUNCTION keep_archive_segment();
ALTER TABLE archive_segments ENABLE ALWAYS TRIGGER append_only_row, ENABLE ALWAYS TRIGGER append_only_statement;
CALL guard_table('archive_conversations');

-- Takes the lease of a ledger, or prolongs it; null where another holds it. Whoever prolongs it late, and finds that nobody has taken it meanwhile, holds it still: a long
-- step of its own keeps the row locked.
CREATE FUNCTION archive_lease(p_ledger int, p_holder uuid, p_ms int) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO archive_leases AS l (ledger_id, holder, fence, held_until) VALUES (p_ledger, p_holder, 1, clock_timestamp() + p_ms * interval '1 ms')
  ON CONFLICT (ledger_id) DO UPDATE
    SET holder = p_holder, held_until = EXCLUDED.held_until,
        fence = CASE WHEN l.holder = p_holder THEN l.fence ELSE l.fence + 1 END
    WHERE l.holder = p_holder OR l.held_until <= clock_timestamp()
  RETURNING fence
$$;
CREATE FUNCTION archive_let_go(p_ledger int, p_holder uuid) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE archive_leases SET held_until = clock_timestamp() WHERE ledger_id = p_ledger AND holder = p_holder
$$;

-- Until the end of the transaction nobody else can take the lease. HF020: it was lost.
CREATE FUNCTION assert_archive_lease(p_ledger int, p_fence bigint) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM FROM archive_leases WHERE ledger_id = p_ledger AND fence = p_fence AND held_until > clock_timestamp() FOR UPDATE;
  IF NOT FOUND THEN RAISE EXCEPTION 'holdfast: the lease of ledger % was lost', p_ledger USING ERRCODE = 'HF020'; END IF;
END $$;

-- Ascending; null where they reach further than a leaf does, for they would fill the memory of whoever asks.
CREATE FUNCTION positions_of(p_seqs int8multirange) RETURNS bigint[] LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN upper(p_seqs) - lower(p_seqs) <= 262144 AND NOT upper_inf(p_seqs) AND NOT lower_inf(p_seqs)
              THEN (SELECT array_agg(s ORDER BY s) FROM unnest(p_seqs) r, generate_series(lower(r), upper(r) - 1) s) END
$$;

-- The next segment of a ledger: records that are there, of one leaf, in no other segment, under no hold, covered by a checkpoint. One at a time is on its way.
-- HF011: a hold is on one of them. HF022: they cannot be a segment; the message says why.
CREATE FUNCTION archive_plan(
  p_ledger int, p_fence bigint, p_run uuid, p_seqs int8multirange, p_retain_until timestamptz, p_checkpoint bigint, p_store text, p_place text, p_folder text
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
  low bigint := lower(p_seqs);
  high bigint := upper(p_seqs) - 1;
  seqs bigint[] := positions_of(p_seqs);
  total int := cardinality(seqs);
  found int;
  last archive_segments;
  previous bytea;
  name text;
BEGIN
  PERFORM assert_leaves(p_ledger);
  -- In this order everywhere: the lease, rows of segments, then the lock that holds are placed under. Two that wait for one another would both be long about it.
  PERFORM assert_archive_lease(p_ledger, p_fence);
  PERFORM lock_holds(p_ledger);
  SELECT * INTO last FROM archive_segments WHERE ledger_id = p_ledger ORDER BY number DESC LIMIT 1;
  IF last.state IN ('planned', 'uploaded') THEN
    RAISE EXCEPTION 'holdfast: segment % is still on its way', last.number USING ERRCODE = 'HF022';
  END IF;
  IF seqs IS NULL OR low / 262144 <> high / 262144 THEN RAISE EXCEPTION 'holdfast: a segment lies in one leaf' USING ERRCODE = 'HF022'; END IF;
  SELECT s.manifest_sha256 INTO previous FROM archive_segments s WHERE s.ledger_id = p_ledger AND s.state <> 'abandoned' ORDER BY s.number DESC LIMIT 1;
  SELECT count(*) INTO found FROM records r WHERE r.ledger_id = p_ledger AND r.seq BETWEEN low AND high AND p_seqs @> r.seq;
  IF found <> total THEN
    RAISE EXCEPTION 'holdfast: % of % records are not there', total - found, total USING ERRCODE = 'HF022';
  END IF;
  IF EXISTS (SELECT FROM archive_segments s WHERE s.ledger_id = p_ledger AND s.first_seq BETWEEN low / 262144 * 262144 AND high AND s.last_seq >= low AND s.seqs && p_seqs
                AND s.state <> 'abandoned') THEN
    RAISE EXCEPTION 'holdfast: some of these records are in a segment already' USING ERRCODE = 'HF022';
  END IF;
  IF NOT EXISTS (SELECT FROM checkpoints c WHERE c.ledger_id = p_ledger AND c.number = p_checkpoint AND c.size > high) THEN
    RAISE EXCEPTION 'holdfast: the checkpoint does not cover these records' USING ERRCODE = 'HF022';
  END IF;
  IF EXISTS (SELECT FROM held_positions(p_ledger, seqs)) THEN RAISE EXCEPTION 'holdfast: a legal hold is on one of these records' USING ERRCODE = 'HF011'; END IF;
  name := p_folder || '/' || lpad((coalesce(last.number, 0) + 1)::text, 12, '0');
  INSERT INTO archive_segments (ledger_id, number, run_id, store, place, seqs, first_seq, last_seq, rows, retain_until, checkpoint_number, previous_sha256, object_key, manifest_key)
    VALUES (p_ledger, coalesce(last.number, 0) + 1, p_run, p_store, p_place, p_seqs, low, high, total, p_retain_until, p_checkpoint, previous,
            name || '.jsonl.gz', name || '.manifest');
  RETURN coalesce(last.number, 0) + 1;
END $$;

-- Given up, so that its records can be planned anew: nothing was taken away by it. What was put by then, if anything, is nobody's.
CREATE FUNCTION archive_abandon(p_ledger int, p_fence bigint, p_number bigint, p_because text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM assert_archive_lease(p_ledger, p_fence);
  UPDATE archive_segments SET state = 'abandoned', abandoned_at = clock_timestamp(), abandoned_because = left(p_because, 1000)
   WHERE ledger_id = p_ledger AND number = p_number AND state IN ('planned', 'uploaded');
  IF NOT FOUND THEN RAISE EXCEPTION 'holdfast: segment % cannot be given up', p_number USING ERRCODE = 'HF022'; END IF;
END $$;

-- Put, and under which versions. Again, where what was put could not be confirmed.
CREATE FUNCTION archive_uploaded(
  p_ledger int, p_fence bigint, p_number bigint, p_raw_bytes bigint, p_raw_sha256 bytea, p_gzip_bytes bigint, p_gzip_sha256 bytea, p_version text, p_manifest bytea,
  p_manifest_version text
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM assert_archive_lease(p_ledger, p_fence);
  UPDATE archive_segments SET state = 'uploaded', raw_bytes = p_raw_bytes, raw_sha256 = p_raw_sha256, gzip_bytes = p_gzip_bytes, gzip_sha256 = p_gzip_sha256,
         version_id = p_version, manifest = p_manifest, manifest_sha256 = sha256(p_manifest), manifest_version_id = p_manifest_version, uploaded_at = clock_timestamp()
   WHERE ledger_id = p_ledger AND number = p_number AND state IN ('planned', 'uploaded');
  IF NOT FOUND THEN RAISE EXCEPTION 'holdfast: segment % is not to be uploaded', p_number USING ERRCODE = 'HF022'; END IF;
END $$;

-- Found to be there as it was put, under a lock that lasts long enough. With it, where the records of its conversations lie.
CREATE FUNCTION archive_confirmed(
  p_ledger int, p_fence bigint, p_number bigint, p_mode text, p_until timestamptz, p_event_from date, p_event_to date, p_conversations text[], p_positions text[]
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE s archive_segments;
BEGIN
  PERFORM assert_archive_lease(p_ledger, p_fence);
  SELECT * INTO s FROM archive_segments WHERE ledger_id = p_ledger AND number = p_number FOR UPDATE;
  IF s.state = 'confirmed' THEN RETURN; END IF;
  IF s.state IS DISTINCT FROM 'uploaded' THEN RAISE EXCEPTION 'holdfast: segment % is not to be confirmed', p_number USING ERRCODE = 'HF022'; END IF;
  -- Stores keep whole seconds.
  IF s.store = 's3' AND (p_mode <> 'COMPLIANCE' OR p_until IS NULL OR p_until < date_trunc('second', s.retain_until)) THEN
    RAISE EXCEPTION 'holdfast: the lock of segment % is not what was asked for', p_number USING ERRCODE = 'HF022';
  END IF;
  INSERT INTO archive_conversations (ledger_id, conversation_id, number, seqs)
    SELECT p_ledger, u.id, p_number, u.positions::int8multirange FROM unnest(p_conversations, p_positions) AS u (id, positions);
  UPDATE archive_segments SET state = 'confirmed', lock_mode = p_mode, locked_until = p_until, confirmed_at = clock_timestamp(), event_from = p_event_from, event_to = p_event_to
   WHERE ledger_id = p_ledger AND number = p_number;
END $$;

-- HF011: a hold is on one of these records now.
CREATE FUNCTION refuse_held(p_ledger int, p_seqs int8multirange, p_from bigint, p_to bigint) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF hold_reaches(p_ledger, p_seqs, p_from, p_to) THEN RAISE EXCEPTION 'holdfast: a legal hold is on one of these records' USING ERRCODE = 'HF011'; END IF;
END $$;

-- HF011: a hold is on one of these records. Holds are placed under this lock: none can come until the end of the transaction. Asked last, so that whoever places one
-- waits for no counting.
CREATE FUNCTION assert_unheld(p_ledger int, p_seqs int8multirange, p_from bigint, p_to bigint) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM lock_holds(p_ledger);
  PERFORM refuse_held(p_ledger, p_seqs, p_from, p_to);
END $$;
CREATE FUNCTION assert_unheld(p_ledger int, p_seqs bigint[]) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM lock_holds(p_ledger);
  IF EXISTS (SELECT FROM scopes_over(p_ledger, NULL, NULL, p_seqs) o WHERE o.use = 'hold') THEN
    RAISE EXCEPTION 'holdfast: a legal hold is on one of these records' USING ERRCODE = 'HF011';
  END IF;
END $$;

-- What must be so before records go. HF021: a body is not the one that its entry names: that is evidence, and stays. HF023: they were not counted yet.
CREATE FUNCTION assert_prunable(p_ledger int, p_to bigint, p_altered bigint) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF p_altered IS NOT NULL THEN
    RAISE EXCEPTION 'holdfast: the body of record % is not the one that its entry names; a verification tells more', p_altered USING ERRCODE = 'HF021';
  END IF;
  -- Held until the end: who counts meanwhile passes this ledger over.
  PERFORM FROM volume_progress v WHERE v.ledger_id = p_ledger AND v.counted_to >= p_to FOR SHARE;
  IF NOT FOUND THEN RAISE EXCEPTION 'holdfast: records up to % are not counted yet', p_to USING ERRCODE = 'HF023'; END IF;
END $$;

-- Keeps what stays of the next records of a confirmed segment, at most p_step of them. Returns how many; 0: all of it is noted. A crash takes back what was not written out
-- yet together with how far it went, so that nobody waits for the disk.
CREATE FUNCTION archive_note(p_ledger int, p_fence bigint, p_number bigint, p_step int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  s archive_segments;
  chunk bigint[];
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  PERFORM assert_archive_lease(p_ledger, p_fence);
  SELECT * INTO s FROM archive_segments WHERE ledger_id = p_ledger AND number = p_number FOR UPDATE;
  IF s.state IS NULL OR s.state NOT IN ('confirmed', 'pruned') THEN RAISE EXCEPTION 'holdfast: segment % is not confirmed', p_number USING ERRCODE = 'HF022'; END IF;
  IF s.noted_to >= s.last_seq THEN RETURN 0; END IF;
  SELECT array_agg(q.seq ORDER BY q.seq) INTO chunk FROM (
    SELECT r.seq FROM records r WHERE r.ledger_id = p_ledger AND r.seq BETWEEN greatest(s.first_seq, s.noted_to + 1) AND s.last_seq AND s.seqs @> r.seq ORDER BY r.seq
     LIMIT least(p_step, 2000)
  ) q;
  IF chunk IS NOT NULL THEN
    PERFORM note_traces(p_ledger, chunk);
    PERFORM keep_governing(p_ledger, chunk);
  END IF;
  UPDATE archive_segments SET noted_to = coalesce(chunk[cardinality(chunk)], last_seq) WHERE ledger_id = p_ledger AND number = p_number;
  RETURN coalesce(cardinality(chunk), 0);
END $$;

-- Deletes the next records of a confirmed segment, at most p_step of them. Returns how many; 0: it is pruned. Records are looked up by position, one by one (LATERAL …
-- OFFSET 0), or by a range: a leaf that was never analyzed looks empty to the planner, which would hold each of its records against each position. HF022: among others, where
-- what stays of them is not noted yet.
CREATE FUNCTION prune_segment(p_ledger int, p_fence bigint, p_number bigint, p_step int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  s archive_segments;
  chunk bigint[];
  altered bigint;
BEGIN
  PERFORM assert_leaves(p_ledger);
  -- What a crash takes back is here again, and its segment says so.
  PERFORM set_config('synchronous_commit', 'off', true);
  PERFORM assert_archive_lease(p_ledger, p_fence);
  SELECT * INTO s FROM archive_segments WHERE ledger_id = p_ledger AND number = p_number FOR UPDATE;
  IF s.state = 'pruned' THEN RETURN 0; END IF;
  IF s.state IS DISTINCT FROM 'confirmed' THEN RAISE EXCEPTION 'holdfast: segment % is not confirmed', p_number USING ERRCODE = 'HF022'; END IF;
  IF s.hot_until > clock_timestamp() THEN RAISE EXCEPTION 'holdfast: segment % was put back', p_number USING ERRCODE = 'HF022'; END IF;
  SELECT array_agg(q.seq ORDER BY q.seq) INTO chunk FROM (
    SELECT r.seq FROM records r WHERE r.ledger_id = p_ledger AND r.seq BETWEEN greatest(s.first_seq, s.pruned_to + 1) AND s.last_seq AND s.seqs @> r.seq ORDER BY r.seq
     LIMIT least(p_step, 2000)
  ) q;
  IF chunk IS NULL THEN
    UPDATE archive_segments SET state = 'pruned', pruned_at = clock_timestamp(), hot_until = NULL WHERE ledger_id = p_ledger AND number = p_number;
    RETURN 0;
  END IF;
  IF s.noted_to < chunk[cardinality(chunk)] THEN RAISE EXCEPTION 'holdfast: segment % is not noted yet', p_number USING ERRCODE = 'HF022'; END IF;
  -- Looked at before anything is counted, once a segment; and at the end of each step, when none can come. One of them keeps all that is left of the segment.
  IF s.pruned_rows = 0 THEN PERFORM refuse_held(p_ledger, s.seqs, s.first_seq, s.last_seq); END IF;
  SELECT u INTO altered FROM unnest(chunk) u CROSS JOIN LATERAL (SELECT r.body FROM records r WHERE r.ledger_id = p_ledger AND r.seq = u OFFSET 0) r
   CROSS JOIN LATERAL (SELECT e.body_hash FROM entries e WHERE e.ledger_id = p_ledger AND e.seq = u OFFSET 0) e WHERE sha256(r.body) <> e.body_hash LIMIT 1;
  PERFORM assert_prunable(p_ledger, chunk[cardinality(chunk)], altered);
  INSERT INTO archived_counts AS c (ledger_id, day, action, count)
    SELECT p_ledger, (r.occurred_at AT TIME ZONE 'UTC')::date, r.action, count(*)
      FROM unnest(chunk) u CROSS JOIN LATERAL (SELECT r.occurred_at, r.action FROM records r WHERE r.ledger_id = p_ledger AND r.seq = u OFFSET 0) r GROUP BY 2, 3
    ON CONFLICT (ledger_id, day, action) DO UPDATE SET count = c.count + EXCLUDED.count;
  PERFORM retention_pruned(p_ledger, chunk);
  PERFORM assert_unheld(p_ledger, s.seqs, s.first_seq, s.last_seq);
  INSERT INTO prune_permits (xid) VALUES (pg_current_xact_id());
  EXECUTE format('DELETE FROM public.%I WHERE ledger_id = $1 AND seq = ANY ($2)', format('records_l%s_b%s', p_ledger, s.first_seq / 262144)) USING p_ledger, chunk;
  DELETE FROM prune_permits WHERE xid = pg_current_xact_id();
  UPDATE archive_segments SET pruned_to = chunk[cardinality(chunk)], pruned_rows = pruned_rows + cardinality(chunk) WHERE ledger_id = p_ledger AND number = p_number;
  RETURN cardinality(chunk);
END $$;

-- What a look over a leaf has found, 4,096 positions a row. It counts for the run whose lease has that fence alone, since nobody else puts back or takes away meanwhile; and
-- for some minutes, since what is altered later has to be found.
CREATE UNLOGGED TABLE leaf_looks (
  ledger_id int NOT NULL REFERENCES ledgers (id),
  block bigint NOT NULL,
  slice int NOT NULL CHECK (slice BETWEEN 0 AND 63),
  fence bigint NOT NULL,
  looked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  records int NOT NULL,
  -- Side by side: how many records of a day and an action.
  days date[] NOT NULL,
  actions text[] NOT NULL,
  counts bigint[] NOT NULL,
  PRIMARY KEY (ledger_id, block, slice)
);

-- Numbers of the segments that a leaf is made of, locked; null unless each of its records is in a confirmed one, noted, and not put back.
CREATE FUNCTION segments_of_leaf(p_ledger int, p_block bigint) RETURNS bigint[] LANGUAGE sql SET search_path = public, pg_temp AS $$
  -- Segments share no record.
  SELECT CASE WHEN sum(s.rows) = 262144 AND bool_and(s.noted_to >= s.last_seq) THEN array_agg(s.number) END
    FROM (SELECT number, rows, noted_to, last_seq FROM archive_segments
           WHERE ledger_id = p_ledger AND first_seq BETWEEN p_block * 262144 AND p_block * 262144 + 262143 AND state IN ('confirmed', 'pruned')
             AND (hot_until IS NULL OR hot_until <= clock_timestamp()) FOR UPDATE) s
$$;

-- Looks at the next 4,096 positions of a leaf before it is taken away: whether each body is the one that its entry names, and what is to be counted. Returns how many; 0: all
-- of it was looked at; null: it cannot go as a whole. HF011, HF021, HF023 as above; 55P03: somebody is reading it, and nothing is looked at for that.
CREATE FUNCTION archive_look(p_ledger int, p_fence bigint, p_block bigint) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off AS $$
DECLARE
  leaf text := format('public.%I', format('records_l%s_b%s', p_ledger, p_block));
  low bigint := p_block * 262144;
  high bigint := p_block * 262144 + 262143;
  at int;
  found record;
BEGIN
  PERFORM assert_leaves(p_ledger);
  PERFORM set_config('synchronous_commit', 'off', true);
  PERFORM assert_archive_lease(p_ledger, p_fence);
  IF to_regclass(leaf) IS NULL OR segments_of_leaf(p_ledger, p_block) IS NULL THEN RETURN NULL; END IF;
  SELECT count(*) INTO at FROM leaf_looks WHERE ledger_id = p_ledger AND block = p_block;
  IF EXISTS (SELECT FROM leaf_looks l WHERE l.ledger_id = p_ledger AND l.block = p_block AND (l.fence <> p_fence OR at = 64 AND l.looked_at < clock_timestamp() - interval '10 minutes')) THEN
    DELETE FROM leaf_looks WHERE ledger_id = p_ledger AND block = p_block;
    at := 0;
  END IF;
  IF at = 64 THEN RETURN 0; END IF;
  IF at = 0 THEN
    -- Taken and given back at once.
    BEGIN
      EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE NOWAIT', leaf);
      RAISE EXCEPTION 'free' USING ERRCODE = 'HF029';
    EXCEPTION WHEN SQLSTATE 'HF029' THEN NULL;
    END;
    PERFORM refuse_held(p_ledger, int8multirange(int8range(low, high, '[]')), low, high);
  END IF;
  low := low + at * 4096;
  high := low + 4095;
  SELECT coalesce(sum(g.count), 0) AS records, min(g.wrong) AS altered, coalesce(array_agg(g.day), '{}') AS days, coalesce(array_agg(g.action), '{}') AS actions,
         coalesce(array_agg(g.count), '{}') AS counts
    INTO found FROM (
    SELECT (r.occurred_at AT TIME ZONE 'UTC')::date AS day, r.action, count(*) AS count, min(r.seq) FILTER (WHERE e.body_hash IS DISTINCT FROM sha256(r.body)) AS wrong
      FROM records r LEFT JOIN entries e ON e.ledger_id = p_ledger AND e.seq = r.seq AND e.seq BETWEEN low AND high
     WHERE r.ledger_id = p_ledger AND r.seq BETWEEN low AND high GROUP BY 1, 2
  ) g;
  PERFORM assert_prunable(p_ledger, high, found.altered);
  INSERT INTO leaf_looks (ledger_id, block, slice, fence, records, days, actions, counts)
    VALUES (p_ledger, p_block, at, p_fence, found.records, found.days, found.actions, found.counts);
  RETURN 4096;
END $$;

-- Takes a leaf away that archive_look has been over: at once, and its space comes back. False where that is not so, or where it holds something else by now: then its
-- segments are pruned one by one. 55P03: no moment was found in which nobody reads it. Who appends waits for 50 ms at most.
CREATE FUNCTION prune_leaf(p_ledger int, p_fence bigint, p_block bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off AS $$
DECLARE
  parent text := format('public.%I', 'records_l' || p_ledger);
  leaf text := format('public.%I', format('records_l%s_b%s', p_ledger, p_block));
  low bigint := p_block * 262144;
  high bigint := p_block * 262144 + 262143;
  numbers bigint[];
  looked record;
  here bigint;
  dropped boolean := false;
BEGIN
  PERFORM assert_leaves(p_ledger);
  IF to_regclass(leaf) IS NULL THEN RETURN false; END IF;
  PERFORM assert_archive_lease(p_ledger, p_fence);
  numbers := segments_of_leaf(p_ledger, p_block);
  SELECT count(*) AS slices, sum(l.records) AS records INTO looked FROM leaf_looks l WHERE l.ledger_id = p_ledger AND l.block = p_block AND l.fence = p_fence;
  IF numbers IS NULL OR looked.slices <> 64 THEN RETURN false; END IF;
  EXECUTE format('SELECT count(*) FROM %s', leaf) INTO here;
  IF here = looked.records AND here > 0 THEN
    PERFORM assert_prunable(p_ledger, high, NULL);
    INSERT INTO archived_counts AS c (ledger_id, day, action, count)
      SELECT p_ledger, u.day, u.action, sum(u.count) FROM leaf_looks l, unnest(l.days, l.actions, l.counts) AS u (day, action, count)
       WHERE l.ledger_id = p_ledger AND l.block = p_block GROUP BY 2, 3
      ON CONFLICT (ledger_id, day, action) DO UPDATE SET count = c.count + EXCLUDED.count;
    IF NOT retention_blocks_pruned(p_ledger, (low / 32768)::int, (high / 32768)::int, here) THEN
      PERFORM retention_pruned(p_ledger, ARRAY(SELECT r.seq FROM records r WHERE r.ledger_id = p_ledger AND r.seq BETWEEN low AND high ORDER BY r.seq));
    END IF;
    PERFORM assert_unheld(p_ledger, int8multirange(int8range(low, high, '[]')), low, high);
  END IF;
  DELETE FROM leaf_looks WHERE ledger_id = p_ledger AND block = p_block;
  IF here <> looked.records THEN RETURN false; END IF;
  PERFORM set_config('lock_timeout', '50ms', true);
  FOR i IN 1 .. 8 LOOP
    BEGIN
      EXECUTE format('ALTER TABLE %s DETACH PARTITION %s', parent, leaf);
      EXECUTE format('DROP TABLE %s', leaf);
      dropped := true;
    EXCEPTION WHEN lock_not_available THEN
      PERFORM pg_sleep(0.2);
    END;
    EXIT WHEN dropped;
  END LOOP;
  IF NOT dropped THEN RAISE EXCEPTION 'holdfast: somebody reads %', leaf USING ERRCODE = '55P03'; END IF;
  PERFORM set_config('lock_timeout', '0', true);
  UPDATE archive_segments SET state = 'pruned', pruned_at = coalesce(pruned_at, clock_timestamp()), pruned_to = last_seq, pruned_rows = rows, hot_until = NULL
   WHERE ledger_id = p_ledger AND number = ANY (numbers) AND state = 'confirmed';
  RETURN true;
END $$;

-- Puts records of a segment back, whose bodies are those that their entries name; the columns beside them come from the bodies. Returns how many were not there.
CREATE FUNCTION restore_records(
  p_ledger int, p_fence bigint, p_number bigint, p_hot_until timestamptz, p_seqs bigint[], p_bodies bytea[], p_ids uuid[], p_occurred timestamptz[], p_action text[],
  p_actor text[], p_actor_type text[], p_conversation text[], p_agent text[], p_resource_type text[], p_resource_id text[], p_subject text[], p_outcome text[],
  p_class smallint[], p_tool text[], p_model text[], p_domains text[], p_phi boolean[]
) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
  s archive_segments;
  sound int;
  back bigint[];
BEGIN
  PERFORM assert_archive_lease(p_ledger, p_fence);
  SELECT * INTO s FROM archive_segments WHERE ledger_id = p_ledger AND number = p_number FOR UPDATE;
  PERFORM lock_holds(p_ledger);
  IF s.state IS NULL OR s.state NOT IN ('confirmed', 'pruned') OR EXISTS (SELECT FROM unnest(p_seqs) u WHERE NOT s.seqs @> u) THEN
    RAISE EXCEPTION 'holdfast: segment % does not hold these records', p_number USING ERRCODE = 'HF022';
  END IF;
  IF EXISTS (SELECT FROM destroyed_of(p_ledger, p_seqs)) THEN RAISE EXCEPTION 'holdfast: some of these records are destroyed' USING ERRCODE = 'HF022'; END IF;
  SELECT count(*) INTO sound FROM unnest(p_seqs, p_bodies, p_ids) AS u (seq, body, id)
   CROSS JOIN LATERAL (SELECT e.id, e.body_hash FROM entries e WHERE e.ledger_id = p_ledger AND e.seq = u.seq OFFSET 0) e WHERE e.id = u.id AND e.body_hash = sha256(u.body);
  IF sound <> cardinality(p_seqs) THEN RAISE EXCEPTION 'holdfast: these are not the bodies that the entries name' USING ERRCODE = 'HF021'; END IF;
  PERFORM ensure_record_block(p_ledger, s.first_seq / 262144);
  WITH placed AS (
    INSERT INTO records (ledger_id, seq, body, id, occurred_at, action, actor_id, actor_type, conversation_id, conversation_seq, agent_name, resource_type, resource_id,
                         subject_id, outcome, classification, tool, model, domains, phi)
      SELECT p_ledger, u.seq, u.body, u.id, u.occurred, u.action, u.actor, u.actor_type, u.conversation, e.conversation_seq, u.agent, u.resource_type, u.resource_id,
             u.subject, u.outcome, u.class, u.tool, u.model, u.domains, u.phi
        FROM (SELECT unnest(p_seqs) AS seq, unnest(p_bodies) AS body, unnest(p_ids) AS id, unnest(p_occurred) AS occurred, unnest(p_action) AS action, unnest(p_actor) AS actor,
                     unnest(p_actor_type) AS actor_type, unnest(p_conversation) AS conversation, unnest(p_agent) AS agent, unnest(p_resource_type) AS resource_type,
                     unnest(p_resource_id) AS resource_id, unnest(p_subject) AS subject, unnest(p_outcome) AS outcome, unnest(p_class) AS class, unnest(p_tool) AS tool,
                     unnest(p_model) AS model, unnest(p_domains) AS domains, unnest(p_phi) AS phi) u
        CROSS JOIN LATERAL (SELECT e.conversation_seq FROM entries e WHERE e.ledger_id = p_ledger AND e.seq = u.seq OFFSET 0) e
      ON CONFLICT (ledger_id, seq) DO NOTHING RETURNING seq
  ) SELECT array_agg(placed.seq) INTO back FROM placed;
  UPDATE archive_segments SET state = 'confirmed', hot_until = greatest(hot_until, p_hot_until), noted_to = -1, pruned_to = -1, pruned_at = NULL,
         pruned_rows = pruned_rows - coalesce(cardinality(back), 0) WHERE ledger_id = p_ledger AND number = p_number;
  IF back IS NULL THEN RETURN 0; END IF;
  UPDATE archived_counts c SET count = c.count - b.count
    FROM (SELECT (r.occurred_at AT TIME ZONE 'UTC')::date AS day, r.action, count(*) AS count
            FROM unnest(back) u CROSS JOIN LATERAL (SELECT r.occurred_at, r.action FROM records r WHERE r.ledger_id = p_ledger AND r.seq = u OFFSET 0) r GROUP BY 1, 2) b
   WHERE c.ledger_id = p_ledger AND c.day = b.day AND c.action = b.action;
  PERFORM retention_restored(p_ledger, back);
  PERFORM drop_governing(p_ledger, back);
  RETURN cardinality(back);
END $$;

-- Segments of which a standing hold reaches anything, as far as what stays of archived records tells: whole conversations, the traces of what was pruned, and days; and
-- the records themselves of segments that are still here.
CREATE FUNCTION archive_held(p_ledger int) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
  WITH scopes AS MATERIALIZED (SELECT * FROM retention_scopes WHERE ledger_id = p_ledger AND standing AND use = 'hold'),
  traces AS MATERIALIZED (
    SELECT t.conversation_id, t.first_seq, t.last_seq FROM scopes s JOIN retention_traces t
        ON t.ledger_id = p_ledger AND t.kind = s.kind AND t.value = s.value AND t.type = coalesce(s.type, '')
  )
  SELECT a.number FROM scopes s JOIN archive_conversations a ON a.ledger_id = p_ledger AND a.conversation_id = s.value WHERE s.kind = 'conversation'
  UNION
  SELECT a.number FROM scopes s JOIN conversations c ON c.ledger_id = p_ledger AND c.subject_id = s.value
    JOIN archive_conversations a ON a.ledger_id = p_ledger AND a.conversation_id = c.conversation_id WHERE s.kind = 'subject'
  UNION
  SELECT a.number FROM scopes s JOIN conversation_people p ON p.ledger_id = p_ledger AND p.subject_id = s.value
    JOIN archive_conversations a ON a.ledger_id = p_ledger AND a.conversation_id = p.conversation_id WHERE s.kind = 'subject'
  UNION
  SELECT a.number FROM traces t JOIN archive_conversations a ON a.ledger_id = p_ledger AND a.conversation_id = t.conversation_id WHERE t.conversation_id <> ''
  UNION
  SELECT a.number FROM traces t JOIN archive_segments a ON a.ledger_id = p_ledger AND a.first_seq <= t.last_seq AND a.last_seq >= t.first_seq WHERE t.conversation_id = ''
  UNION
  SELECT a.number FROM scopes s JOIN archive_segments a ON a.ledger_id = p_ledger
    JOIN entries f ON f.ledger_id = p_ledger AND f.seq = a.first_seq JOIN entries l ON l.ledger_id = p_ledger AND l.seq = a.last_seq
   WHERE s.kind = 'time' AND (a.event_from <= s.day_to AND a.event_to >= s.day_from
                              OR day_recorded(f.received_at_us) <= s.day_to AND day_recorded(l.received_at_us) >= s.day_from)
  UNION
  -- By the index of what the hold is on: one look a segment and hold.
  SELECT a.number FROM archive_segments a CROSS JOIN scopes s
   WHERE a.ledger_id = p_ledger AND a.state = 'confirmed' AND CASE s.kind
     WHEN 'subject' THEN EXISTS (SELECT FROM records r WHERE r.ledger_id = p_ledger AND r.subject_id = s.value AND r.seq BETWEEN a.first_seq AND a.last_seq AND a.seqs @> r.seq)
     WHEN 'resource' THEN EXISTS (SELECT FROM records r WHERE r.ledger_id = p_ledger AND r.resource_type = s.type AND r.resource_id = s.value
                                     AND r.seq BETWEEN a.first_seq AND a.last_seq AND a.seqs @> r.seq)
     WHEN 'actor' THEN EXISTS (SELECT FROM records r WHERE r.ledger_id = p_ledger AND r.actor_id = s.value AND r.seq BETWEEN a.first_seq AND a.last_seq AND a.seqs @> r.seq)
     WHEN 'agent' THEN EXISTS (SELECT FROM records r WHERE r.ledger_id = p_ledger AND r.agent_name = s.value AND r.seq BETWEEN a.first_seq AND a.last_seq AND a.seqs @> r.seq)
     ELSE false END
$$;

-- The same of one segment, by what lies in it: ends at the first hold that is found.
CREATE FUNCTION archive_reached(p_ledger int, p_number bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE a archive_segments;
BEGIN
  IF NOT EXISTS (SELECT FROM retention_scopes s WHERE s.ledger_id = p_ledger AND s.standing AND s.use = 'hold') THEN RETURN false; END IF;
  SELECT * INTO a FROM archive_segments WHERE ledger_id = p_ledger AND number = p_number;
  RETURN EXISTS (
      SELECT FROM retention_scopes s WHERE s.ledger_id = p_ledger AND s.standing AND s.use = 'hold' AND s.kind = 'time'
         AND (a.event_from <= s.day_to AND a.event_to >= s.day_from
              OR (SELECT day_recorded(f.received_at_us) FROM entries f WHERE f.ledger_id = p_ledger AND f.seq = a.first_seq) <= s.day_to
                 AND (SELECT day_recorded(l.received_at_us) FROM entries l WHERE l.ledger_id = p_ledger AND l.seq = a.last_seq) >= s.day_from))
    OR EXISTS (
      SELECT FROM retention_scopes s JOIN retention_traces t ON t.ledger_id = p_ledger AND t.kind = s.kind AND t.value = s.value AND t.type = coalesce(s.type, '')
       WHERE s.ledger_id = p_ledger AND s.standing AND s.use = 'hold' AND t.conversation_id = '' AND t.first_seq <= a.last_seq AND t.last_seq >= a.first_seq)
    OR EXISTS (
      SELECT FROM archive_conversations c WHERE c.ledger_id = p_ledger AND c.number = p_number AND (
        EXISTS (SELECT FROM retention_scopes s WHERE s.ledger_id = p_ledger AND s.standing AND s.use = 'hold' AND s.kind = 'conversation' AND s.value = c.conversation_id)
        OR EXISTS (SELECT FROM conversations t JOIN retention_scopes s ON s.ledger_id = p_ledger AND s.standing AND s.use = 'hold' AND s.kind = 'subject' AND s.value = t.subject_id
                    WHERE t.ledger_id = p_ledger AND t.conversation_id = c.conversation_id)
        OR EXISTS (SELECT FROM conversation_people p JOIN retention_scopes s ON s.ledger_id = p_ledger AND s.standing AND s.use = 'hold' AND s.kind = 'subject'
                      AND s.value = p.subject_id WHERE p.ledger_id = p_ledger AND p.conversation_id = c.conversation_id)
        OR EXISTS (SELECT FROM retention_traces t JOIN retention_scopes s ON s.ledger_id = p_ledger AND s.standing AND s.use = 'hold' AND s.kind = t.kind AND s.value = t.value
                      AND coalesce(s.type, '') = t.type WHERE t.ledger_id = p_ledger AND t.conversation_id = c.conversation_id)))
    OR a.state = 'confirmed' AND hold_reaches(p_ledger, a.seqs, a.first_seq, a.last_seq);
END $$;

-- What archive_held hangs on, as a word: while it stays the same no hold came, ended or came to reach further.
CREATE FUNCTION archive_holds_state(p_ledger int) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT concat_ws('/', (SELECT max(s.mark) FROM retention_scopes s WHERE s.ledger_id = p_ledger AND s.use = 'hold'),
                   (SELECT count(*) FROM retention_scopes s WHERE s.ledger_id = p_ledger AND s.use = 'hold' AND s.standing),
                   coalesce((SELECT p.widened FROM retention_progress p WHERE p.ledger_id = p_ledger), 0))
$$;

-- Said before the store is told anything: a process that is killed between leaves an object to be looked at, and told again, and never one that is taken for held. False
-- where that is not what ought to be any more: asked under the lock that holds are placed under.
CREATE FUNCTION archive_hold_begun(p_ledger int, p_number bigint, p_on boolean) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM FROM archive_segments WHERE ledger_id = p_ledger AND number = p_number FOR NO KEY UPDATE;
  PERFORM lock_holds(p_ledger);
  IF NOT p_on AND archive_reached(p_ledger, p_number) THEN RETURN false; END IF;
  UPDATE archive_segments SET legal_hold = false, legal_hold_unsure = true WHERE ledger_id = p_ledger AND number = p_number AND removed_at IS NULL;
  RETURN FOUND;
END $$;

-- What both objects show, as the store told it when it was asked after that.
CREATE FUNCTION archive_hold_kept(p_ledger int, p_number bigint, p_on boolean) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE archive_segments SET legal_hold_at = CASE WHEN legal_hold = p_on AND NOT legal_hold_unsure THEN legal_hold_at ELSE clock_timestamp() END, legal_hold = p_on,
         legal_hold_unsure = false, legal_hold_seen_at = clock_timestamp(), legal_hold_failed_at = NULL, legal_hold_fault = NULL
   WHERE ledger_id = p_ledger AND number = p_number
$$;

-- Why the store shows something else than what ought to be.
CREATE FUNCTION archive_hold_failed(p_ledger int, p_number bigint, p_fault text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE archive_segments SET legal_hold_failed_at = coalesce(legal_hold_failed_at, clock_timestamp()), legal_hold_fault = left(p_fault, 500)
   WHERE ledger_id = p_ledger AND number = p_number
$$;

ALTER TABLE alarms DROP CONSTRAINT alarms_kind_check;
ALTER TABLE alarms ADD CONSTRAINT alarms_kind_check
  CHECK (kind IN ('verification_failed', 'verification_overdue', 'anchor_old', 'signer_refused', 'new_incarnation', 'break_glass', 'archive_hold'));

-- Until when the records of a segment are to be kept by the rules in force, and what its lock was found to be.
CREATE FUNCTION archive_lock_kept(p_ledger int, p_number bigint, p_rules text, p_keep_until date, p_locked_until timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE archive_segments SET keep_until = p_keep_until, decided_by = p_rules, decided_at = clock_timestamp(), locked_until = greatest(locked_until, p_locked_until)
   WHERE ledger_id = p_ledger AND number = p_number AND state IN ('confirmed', 'pruned')
$$;

REVOKE ALL ON FUNCTION keep_archive_segment, archive_lease, archive_let_go, assert_archive_lease, positions_of, archive_plan, archive_abandon, archive_lock_kept, refuse_held, archive_uploaded, archive_confirmed,
  assert_unheld(int, int8multirange, bigint, bigint), assert_unheld(int, bigint[]), assert_prunable, segments_of_leaf, archive_note, archive_look, prune_segment, prune_leaf, restore_records, archive_held, archive_reached,
  archive_holds_state, archive_hold_begun, archive_hold_kept, archive_hold_failed FROM PUBLIC;
GRANT EXECUTE ON FUNCTION archive_lease, archive_let_go, archive_plan, archive_abandon, archive_lock_kept, archive_uploaded, archive_confirmed, archive_note, archive_look, prune_segment, prune_leaf, restore_records, archive_held,
  archive_reached, archive_holds_state, archive_hold_begun, archive_hold_kept, archive_hold_failed TO holdfast_pruner;
GRANT EXECUTE ON FUNCTION archive_held TO holdfast_app;
GRANT SELECT ON archive_segments, archive_leases TO holdfast_pruner;
GRANT SELECT ON archive_runs, archive_segments, archive_conversations, archived_counts, archive_leases TO holdfast_app;
GRANT INSERT, UPDATE (store, segments, records, bytes, pruned, held, altered, outcome, finished_at) ON archive_runs TO holdfast_app;
GRANT SELECT, INSERT, UPDATE ON archive_settings TO holdfast_app;
RESET ROLE;
