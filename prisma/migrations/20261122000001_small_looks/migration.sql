SET ROLE holdfast_owner;

-- A look over a leaf goes in steps as small as whoever asks wants them (decision 029): how far it is is one row, what is to be counted by then are some hundred others.
DROP FUNCTION archive_look(int, bigint, bigint);
DROP TABLE leaf_looks;

-- It counts for the run whose lease has that fence alone, since nobody else puts back or takes away meanwhile; and only where no row of the leaf was written since it began: what
-- is altered behind it has to be found, however long it takes.
CREATE UNLOGGED TABLE leaf_looks (
  ledger_id int NOT NULL REFERENCES ledgers (id),
  block bigint NOT NULL,
  fence bigint NOT NULL,
  -- The next position to be looked at.
  next_seq bigint NOT NULL,
  records int NOT NULL,
  -- The oldest transaction that was under way when it began, in any database of the server: what was committed before is of older ones.
  began xid8 NOT NULL,
  PRIMARY KEY (ledger_id, block)
);
CREATE UNLOGGED TABLE leaf_counts (
  ledger_id int NOT NULL,
  block bigint NOT NULL,
  day date NOT NULL,
  action text COLLATE "C" NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (ledger_id, block, day, action),
  FOREIGN KEY (ledger_id, block) REFERENCES leaf_looks ON DELETE CASCADE
);

-- Looks at the next positions of a leaf before it is taken away, p_step of them, 4,096 at most: whether each body is the one that its entry names, and what is to be counted.
-- Returns how many; 0: all of it was looked at; null: it cannot go as a whole. HF011, HF021, HF023 as in migration archive; 55P03: somebody is reading it, and nothing is
-- looked at for that. Entries are looked up one by one: of a table that was never analyzed the planner would hold each record against each entry.
CREATE FUNCTION archive_look(p_ledger int, p_fence bigint, p_block bigint, p_step int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  leaf text := format('public.%I', format('records_l%s_b%s', p_ledger, p_block));
  first bigint := p_block * 262144;
  last bigint := p_block * 262144 + 262143;
  look leaf_looks;
  low bigint;
  high bigint;
  seen int;
  altered bigint;
BEGIN
  PERFORM assert_leaves(p_ledger);
  PERFORM set_config('synchronous_commit', 'off', true);
  PERFORM assert_archive_lease(p_ledger, p_fence);
  SELECT * INTO look FROM leaf_looks WHERE ledger_id = p_ledger AND block = p_block;
  IF look.fence <> p_fence THEN
    DELETE FROM leaf_looks WHERE ledger_id = p_ledger AND block = p_block;
    look := NULL;
  END IF;
  IF look.next_seq > last THEN RETURN 0; END IF;
  IF look.next_seq IS NULL THEN
    IF to_regclass(leaf) IS NULL OR segments_of_leaf(p_ledger, p_block) IS NULL THEN RETURN NULL; END IF;
    -- Taken and given back at once. Who appends may have it for a moment, and waits for nothing: it is asked for without standing in its queue.
    FOR i IN 1 .. 20 LOOP
      BEGIN
        EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE NOWAIT', leaf);
        RAISE EXCEPTION 'free' USING ERRCODE = 'HF029';
      EXCEPTION
        WHEN SQLSTATE 'HF029' THEN EXIT;
        WHEN lock_not_available THEN
          IF i = 20 THEN RAISE; END IF;
          PERFORM pg_sleep(0.01);
      END;
    END LOOP;
    PERFORM refuse_held(p_ledger, int8multirange(int8range(first, last, '[]')), first, last);
    PERFORM assert_prunable(p_ledger, last, NULL);
    INSERT INTO leaf_looks (ledger_id, block, fence, next_seq, records, began) VALUES (p_ledger, p_block, p_fence, first, 0, pg_snapshot_xmin(pg_current_snapshot())) RETURNING * INTO look;
  END IF;
  low := look.next_seq;
  high := least(low + least(greatest(p_step, 1), 4096) - 1, last);
  WITH found AS (
    SELECT (r.occurred_at AT TIME ZONE 'UTC')::date AS day, r.action, count(*) AS count, min(r.seq) FILTER (WHERE e.body_hash IS DISTINCT FROM sha256(r.body)) AS wrong
      FROM records r LEFT JOIN LATERAL (SELECT e.body_hash FROM entries e WHERE e.ledger_id = p_ledger AND e.seq = r.seq OFFSET 0) e ON true
     WHERE r.ledger_id = p_ledger AND r.seq BETWEEN low AND high GROUP BY 1, 2
  ), counted AS (
    INSERT INTO leaf_counts AS c (ledger_id, block, day, action, count) SELECT p_ledger, p_block, f.day, f.action, f.count FROM found f
      ON CONFLICT (ledger_id, block, day, action) DO UPDATE SET count = c.count + EXCLUDED.count
  )
  SELECT coalesce(sum(f.count), 0), min(f.wrong) INTO seen, altered FROM found f;
  IF altered IS NOT NULL THEN PERFORM assert_prunable(p_ledger, last, altered); END IF;
  UPDATE leaf_looks SET next_seq = high + 1, records = records + seen WHERE ledger_id = p_ledger AND block = p_block;
  RETURN (high - low + 1)::int;
END $$;

-- Takes a leaf away that archive_look has been over: at once, and its space comes back. False where that is not so, where it holds something else by now, or where a row of it
-- was written since the look began (its xmin says so): then its segments are pruned one by one, each body held against its entry once more. 55P03: no moment was found in which
-- nobody reads it. Who appends waits for 50 ms at most.
CREATE OR REPLACE FUNCTION prune_leaf(p_ledger int, p_fence bigint, p_block bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off AS $$
DECLARE
  parent text := format('public.%I', 'records_l' || p_ledger);
  leaf text := format('public.%I', format('records_l%s_b%s', p_ledger, p_block));
  low bigint := p_block * 262144;
  high bigint := p_block * 262144 + 262143;
  numbers bigint[];
  look leaf_looks;
  counted bigint;
  here bigint;
  written bigint;
  dropped boolean := false;
BEGIN
  PERFORM assert_leaves(p_ledger);
  IF to_regclass(leaf) IS NULL THEN RETURN false; END IF;
  PERFORM assert_archive_lease(p_ledger, p_fence);
  numbers := segments_of_leaf(p_ledger, p_block);
  SELECT * INTO look FROM leaf_looks l WHERE l.ledger_id = p_ledger AND l.block = p_block AND l.fence = p_fence AND l.next_seq > high;
  IF numbers IS NULL OR look.records IS NULL THEN RETURN false; END IF;
  SELECT coalesce(sum(l.count), 0) INTO counted FROM leaf_counts l WHERE l.ledger_id = p_ledger AND l.block = p_block;
  -- Nothing is written to it from here on. Nobody who appends waits for that: what lies in a leaf that is full is written by nobody.
  PERFORM set_config('lock_timeout', '2s', true);
  EXECUTE format('LOCK TABLE %s IN SHARE MODE', leaf);
  PERFORM set_config('lock_timeout', '0', true);
  PERFORM set_config('enable_seqscan', 'on', true);
  -- An age is counted from this transaction and wraps: of one that began later and was over before the lock it is below zero, of one two billion transactions ago far below.
  EXECUTE format('SELECT count(*), count(*) FILTER (WHERE age(r.xmin) BETWEEN -1000000 AND age($1)) FROM %s r', leaf) INTO here, written USING look.began::xid;
  PERFORM set_config('enable_seqscan', 'off', true);
  IF here <> look.records OR counted <> look.records OR written > 0 THEN
    DELETE FROM leaf_looks WHERE ledger_id = p_ledger AND block = p_block;
    RETURN false;
  END IF;
  IF here > 0 THEN
    PERFORM assert_prunable(p_ledger, high, NULL);
    INSERT INTO archived_counts AS c (ledger_id, day, action, count)
      SELECT p_ledger, l.day, l.action, l.count FROM leaf_counts l WHERE l.ledger_id = p_ledger AND l.block = p_block
      ON CONFLICT (ledger_id, day, action) DO UPDATE SET count = c.count + EXCLUDED.count;
    IF NOT retention_blocks_pruned(p_ledger, (low / 32768)::int, (high / 32768)::int, here) THEN
      PERFORM retention_pruned(p_ledger, ARRAY(SELECT r.seq FROM records r WHERE r.ledger_id = p_ledger AND r.seq BETWEEN low AND high ORDER BY r.seq));
    END IF;
    PERFORM assert_unheld(p_ledger, int8multirange(int8range(low, high, '[]')), low, high);
  END IF;
  DELETE FROM leaf_looks WHERE ledger_id = p_ledger AND block = p_block;
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

-- Planned once a connection: planning anew took longer than a small step does. What they call plans as before: of positions that come as a list a kept plan would ask each leaf.
ALTER FUNCTION prune_segment(int, bigint, bigint, int) SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION retention_pruned(int, bigint[]) SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION retention_groups(int, bigint, bigint, bigint[]) SET plan_cache_mode = auto;
ALTER FUNCTION scopes_over(int, bigint, bigint, bigint[]) SET plan_cache_mode = auto;
ALTER FUNCTION hold_reaches(int, int8multirange, bigint, bigint) SET plan_cache_mode = auto;

REVOKE ALL ON FUNCTION archive_look FROM PUBLIC;
GRANT EXECUTE ON FUNCTION archive_look TO holdfast_pruner;
RESET ROLE;
