-- Nothing reads or writes meanwhile: in the order in which a run locks, so that the two wait and do not meet half-way.
LOCK TABLE "stores", "user_daily", "video_daily" IN ACCESS EXCLUSIVE MODE;--> statement-breakpoint
ALTER TABLE "user_daily" DROP CONSTRAINT "user_daily_store_code_stores_store_code_fk";--> statement-breakpoint
-- The day behind the last one of a partition.
CREATE FUNCTION "part_end"(part oid) RETURNS date STABLE LANGUAGE sql SET datestyle TO 'ISO' AS $$
  SELECT substring(pg_get_expr(relpartbound, oid) FROM $re$ TO \('([0-9-]+)'\)$re$)::date FROM pg_class WHERE oid = part
$$;--> statement-breakpoint
-- The first day for which a table has no partition yet.
CREATE FUNCTION "months_end"(target regclass) RETURNS date STABLE LANGUAGE sql AS $$
  SELECT max(part_end(inhrelid)) FROM pg_inherits WHERE inhparent = target
$$;--> statement-breakpoint
-- Adds to a table the months it lacks up to that of a day; says how many. Whoever reads or writes meanwhile waits for
-- nothing: a month is made on its own and then attached. Two at once do the work once.
CREATE FUNCTION "make_months"(target regclass, last_day date) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  next_month date := months_end(target);
  month_name text;
  made integer := 0;
BEGIN
  IF next_month > last_day THEN RETURN 0; END IF;
  EXECUTE format('LOCK TABLE %s IN SHARE UPDATE EXCLUSIVE MODE', target);
  next_month := months_end(target);
  WHILE next_month <= last_day LOOP
    month_name := format('%s_%s', (SELECT relname FROM pg_class WHERE oid = target), to_char(next_month, 'YYYY_MM'));
    EXECUTE format('CREATE TABLE %I (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', month_name, target);
    EXECUTE format('ALTER TABLE %s ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
      target, month_name, next_month, (next_month + interval '1 month')::date);
    next_month := next_month + interval '1 month';
    made := made + 1;
  END LOOP;
  RETURN made;
END $$;--> statement-breakpoint
-- Of a table without a row: its months begin with that of a day, and all that is earlier has its one place.
CREATE FUNCTION "begin_months"(target regclass, first_day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  last_day date;
  part regclass;
  is_filled boolean;
BEGIN
  EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', target);
  EXECUTE format('SELECT EXISTS (SELECT FROM %s)', target) INTO is_filled;
  IF is_filled THEN RAISE EXCEPTION 'rows have their place already'; END IF;
  last_day := greatest(months_end(target) - 1, (now() + interval '3 months')::date);
  FOR part IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = target LOOP
    EXECUTE format('DROP TABLE %s', part);
  END LOOP;
  EXECUTE format('CREATE TABLE %I PARTITION OF %s FOR VALUES FROM (MINVALUE) TO (%L)',
    (SELECT relname FROM pg_class WHERE oid = target) || '_earlier', target, date_trunc('month', first_day)::date);
  PERFORM make_months(target, last_day);
END $$;--> statement-breakpoint
-- The table as it is becomes the partition of all that is earlier than the first month after it; a new one takes its name,
-- its readers and its place in the views. PostgreSQL reads the rows once to see that they belong there.
DO $$
DECLARE
  -- No clock is further behind UTC than 12 hours, or further ahead than 14.
  this_month date := date_trunc('month', (now() - interval '12 hours') AT TIME ZONE 'UTC');
  views jsonb := jsonb_build_object(
    'account_growth', pg_get_viewdef('account_growth'), 'video_growth', pg_get_viewdef('video_growth'));
  view_name text;
  definition text;
  first_month date;
  given record;
  part record;
  others text;
BEGIN
  -- They would stay with the part that nothing is written to any more, and nobody would notice.
  SELECT string_agg(DISTINCT what, ', ') INTO others FROM (
    SELECT 'view ' || v.oid::regclass AS what FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_class v ON v.oid = r.ev_class
    WHERE d.refobjid IN ('user_daily'::regclass, 'video_daily'::regclass) AND d.classid = 'pg_rewrite'::regclass
      AND v.relname NOT IN ('account_growth', 'video_growth')
    UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger
    WHERE tgrelid IN ('user_daily'::regclass, 'video_daily'::regclass) AND NOT tgisinternal
    UNION ALL SELECT 'publication ' || p.pubname FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
    WHERE r.prrelid IN ('user_daily'::regclass, 'video_daily'::regclass)
  ) AS found;
  IF others IS NOT NULL THEN
    RAISE EXCEPTION 'user_daily and video_daily become partitioned tables: drop what others have made on them, and make it anew after (%)', others;
  END IF;
  FOR part IN SELECT * FROM (VALUES
    ('user_daily', 'user_daily_store_code_snapshot_date_pk', 'store_code, snapshot_date'),
    ('video_daily', 'video_daily_store_code_video_id_snapshot_date_pk', 'store_code, video_id, snapshot_date')
  ) AS t(name, key, key_columns) LOOP
    EXECUTE format($q$SELECT greatest($1, date_trunc('month', max(snapshot_date)) + interval '1 month') FROM %I$q$, part.name)
      INTO first_month USING this_month;
    EXECUTE format('ALTER TABLE %I RENAME TO %I', part.name, part.name || '_earlier');
    EXECUTE format('ALTER TABLE %I RENAME CONSTRAINT %I TO %I', part.name || '_earlier', part.key, part.name || '_earlier_pk');
    EXECUTE format('ALTER INDEX %I RENAME TO %I', part.name || '_day_ranges', part.name || '_earlier_day_ranges');
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS,
      CONSTRAINT %I PRIMARY KEY (%s)) PARTITION BY RANGE (snapshot_date)',
      part.name, part.name || '_earlier', part.key, part.key_columns);
    EXECUTE format('CREATE INDEX %I ON %I USING brin (snapshot_date) WITH (autosummarize = true, pages_per_range = 32)',
      part.name || '_day_ranges', part.name);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (MINVALUE) TO (%L)',
      part.name, part.name || '_earlier', first_month);
    FOR given IN
      SELECT a.privilege_type AS privilege, CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(r.rolname) END AS grantee,
        CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS more
      FROM pg_class c CROSS JOIN aclexplode(c.relacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
      WHERE c.oid = (part.name || '_earlier')::regclass AND a.grantee <> c.relowner
    LOOP
      EXECUTE format('GRANT %s ON %I TO %s%s', given.privilege, part.name, given.grantee, given.more);
      EXECUTE format('REVOKE %s ON %I FROM %s', given.privilege, part.name || '_earlier', given.grantee);
    END LOOP;
    PERFORM make_months(part.name::regclass, (now() + interval '3 months')::date);
  END LOOP;
  FOR view_name, definition IN SELECT * FROM jsonb_each_text(views) LOOP
    EXECUTE format('CREATE OR REPLACE VIEW %I AS %s', view_name, definition);
  END LOOP;
END $$;
