SET ROLE holdfast_owner;

-- Copies of archived segments that can be searched (docs/archive.md): Parquet files, made on each machine that searches from objects that were verified. A file is used
-- where its digest is one of these, and for nothing else; what is missing or another is made anew.
CREATE TABLE archive_copies (
  ledger_id int NOT NULL,
  number bigint NOT NULL,
  sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
  -- What is written into it and how: copies of an older form are made anew.
  form int NOT NULL,
  rows int NOT NULL CHECK (rows >= 0),
  bytes bigint NOT NULL,
  made_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (ledger_id, number, sha256),
  FOREIGN KEY (ledger_id, number) REFERENCES archive_segments (ledger_id, number)
);

-- How often the copies of a segment were dropped, because records in it were destroyed: one that was begun before is not kept.
CREATE TABLE archive_copy_drops (
  ledger_id int NOT NULL,
  number bigint NOT NULL,
  times int NOT NULL DEFAULT 1,
  PRIMARY KEY (ledger_id, number),
  FOREIGN KEY (ledger_id, number) REFERENCES archive_segments (ledger_id, number)
);

-- False where the copies of the segment were dropped since the making of this one began.
CREATE FUNCTION archive_copy_made(p_ledger int, p_number bigint, p_drops int, p_form int, p_sha256 bytea, p_rows int, p_bytes bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(1212564307, p_ledger);
  IF coalesce((SELECT times FROM archive_copy_drops WHERE ledger_id = p_ledger AND number = p_number), 0) <> p_drops THEN RETURN false; END IF;
  INSERT INTO archive_copies (ledger_id, number, sha256, form, rows, bytes) VALUES (p_ledger, p_number, p_sha256, p_form, p_rows, p_bytes)
    ON CONFLICT DO NOTHING;
  RETURN true;
END $$;

CREATE FUNCTION archive_copies_drop(p_ledger int, p_number bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(1212564307, p_ledger);
  INSERT INTO archive_copy_drops AS d (ledger_id, number) VALUES (p_ledger, p_number) ON CONFLICT (ledger_id, number) DO UPDATE SET times = d.times + 1;
  DELETE FROM archive_copies WHERE ledger_id = p_ledger AND number = p_number;
END $$;

REVOKE ALL ON FUNCTION archive_copy_made, archive_copies_drop FROM PUBLIC;
GRANT EXECUTE ON FUNCTION archive_copy_made, archive_copies_drop TO holdfast_app, holdfast_pruner;
GRANT SELECT ON archive_copies, archive_copy_drops TO holdfast_app, holdfast_pruner;
RESET ROLE;
