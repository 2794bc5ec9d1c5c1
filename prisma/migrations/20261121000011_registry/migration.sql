SET ROLE holdfast_owner;

-- Which tools and data sources a ledger's agents use, and what each means for a record: whole versions, never changed. Number 0, the empty one, has no row.
CREATE TABLE registry_versions (
  ledger_id int NOT NULL REFERENCES ledgers (id),
  version int NOT NULL CHECK (version >= 1),
  entries jsonb NOT NULL CHECK (jsonb_typeof(entries) = 'array'),
  -- Of the canonical form of the entries; the access ledger names it too.
  sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
  changed_by text NOT NULL,
  changed_at timestamptz(3) NOT NULL DEFAULT now(),
  note text,
  PRIMARY KEY (ledger_id, version)
);
ALTER TABLE registry_versions ALTER COLUMN entries SET STORAGE EXTENDED;
CALL guard_table('registry_versions');

-- How often each tool was called, counted as records come in, so that nothing is scanned to tell which of them are not mapped. Derived, and a little behind.
-- '' counts calls that named no tool, one with a name longer than the registry can hold, or one after the 5,000 names that are told apart.
CREATE TABLE tool_use (
  ledger_id int NOT NULL REFERENCES ledgers (id),
  tool text COLLATE "C" NOT NULL,
  first_at timestamptz(3) NOT NULL,
  last_at timestamptz(3) NOT NULL,
  count bigint NOT NULL CHECK (count >= 0),
  -- Of these, how many came while the registry did not know the name; and the version under which the last one came.
  unmapped bigint NOT NULL CHECK (unmapped BETWEEN 0 AND count),
  last_version int NOT NULL,
  PRIMARY KEY (ledger_id, tool)
);

-- The next version, if the newest is still the one that it was made from; null where it is not.
CREATE FUNCTION save_registry(p_ledger int, p_if_version int, p_entries jsonb, p_sha256 bytea, p_changed_by text, p_note text) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET standard_conforming_strings = on AS $$
BEGIN
  IF p_if_version <> (SELECT coalesce(max(version), 0) FROM registry_versions WHERE ledger_id = p_ledger) THEN RETURN NULL; END IF;
  INSERT INTO registry_versions (ledger_id, version, entries, sha256, changed_by, note)
    VALUES (p_ledger, p_if_version + 1, p_entries, p_sha256, p_changed_by, p_note)
    ON CONFLICT DO NOTHING;
  -- Somebody else's came between the look and the insert.
  IF NOT FOUND THEN RETURN NULL; END IF;
  RETURN p_if_version + 1;
END $$;

-- Adds what was counted since the last time. Names are given in order, so that two processes that add at once wait for each other and not in a ring.
CREATE FUNCTION add_tool_use(
  p_ledger int, p_tools text[], p_first timestamptz[], p_last timestamptz[], p_counts bigint[], p_unmapped bigint[], p_version int[]
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET standard_conforming_strings = on AS $$
DECLARE room int := 5000 - (SELECT count(*) FROM tool_use WHERE ledger_id = p_ledger);
BEGIN
  INSERT INTO tool_use AS t (ledger_id, tool, first_at, last_at, count, unmapped, last_version)
  SELECT p_ledger, name, min(first_at), max(last_at), sum(counted), sum(unknown), max(version)
    FROM (
      SELECT CASE WHEN known OR row_number() OVER (PARTITION BY known ORDER BY tool) <= room THEN tool ELSE '' END AS name,
             first_at, last_at, counted, unknown, version
        FROM (
          SELECT u.*, EXISTS (SELECT FROM tool_use k WHERE k.ledger_id = p_ledger AND k.tool = u.tool) AS known
            FROM unnest(p_tools, p_first, p_last, p_counts, p_unmapped, p_version) AS u (tool, first_at, last_at, counted, unknown, version)
        ) looked
    ) named
   GROUP BY name ORDER BY name
  ON CONFLICT (ledger_id, tool) DO UPDATE
    SET first_at = least(t.first_at, EXCLUDED.first_at), last_at = greatest(t.last_at, EXCLUDED.last_at),
        count = t.count + EXCLUDED.count, unmapped = t.unmapped + EXCLUDED.unmapped, last_version = greatest(t.last_version, EXCLUDED.last_version);
END $$;

GRANT SELECT ON registry_versions, tool_use TO holdfast_app;
REVOKE ALL ON FUNCTION save_registry(int, int, jsonb, bytea, text, text), add_tool_use(int, text[], timestamptz[], timestamptz[], bigint[], bigint[], int[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION save_registry(int, int, jsonb, bytea, text, text), add_tool_use(int, text[], timestamptz[], timestamptz[], bigint[], bigint[], int[])
  TO holdfast_app;
RESET ROLE;
