SET ROLE holdfast_owner;

-- A leaf that is made beside its parent and attached needs no lock that readers mind (SHARE UPDATE EXCLUSIVE); made as PARTITION OF it would wait
-- for the longest reader of the ledger, and every sender behind it.
CREATE OR REPLACE FUNCTION ensure_record_block(p_ledger int, p_block bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  parent text := format('public.%I', 'records_l' || p_ledger);
  leaf text := format('public.%I', format('records_l%s_b%s', p_ledger, p_block));
BEGIN
  IF to_regclass(leaf) IS NOT NULL THEN RETURN; END IF;
  EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', leaf, parent);
  EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%s) TO (%s)', parent, leaf, p_block * 262144, (p_block + 1) * 262144);
  CALL guard_table(leaf::regclass);
END $$;

CREATE OR REPLACE FUNCTION create_ledger(p_slug text, p_origin text, p_kind text, p_name text, p_demo boolean) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  new_id int;
  part text;
BEGIN
  INSERT INTO ledgers (slug, origin, kind, name, demo) VALUES (p_slug, p_origin, p_kind, p_name, p_demo) RETURNING id INTO new_id;
  part := format('public.%I', 'records_l' || new_id);
  EXECUTE format('CREATE TABLE %s (LIKE public.records INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (seq)', part);
  EXECUTE format('ALTER TABLE public.records ATTACH PARTITION %s FOR VALUES IN (%s)', part, new_id);
  EXECUTE format('GRANT SELECT ON %s TO holdfast_app', part);
  CALL guard_table(part::regclass);
  PERFORM ensure_record_block(new_id, 0);
  RETURN new_id;
END $$;
RESET ROLE;
