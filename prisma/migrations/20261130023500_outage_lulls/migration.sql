-- The times within an incident in which it worked: from a recovery until it failed again. What is not in them is outage.
ALTER TABLE incidents ADD COLUMN lulls tstzmultirange NOT NULL DEFAULT '{}';

-- Of incidents that failed again before, as their facts tell it.
UPDATE incidents i SET lulls = told.lulls
FROM (
  SELECT (value->>'incident')::bigint AS id, range_agg(tstzrange((value->>'recoveredAt')::timestamptz, recorded_at)) AS lulls
  FROM dashboard_facts
  WHERE fact_type = 'support.incident.failing_again' AND (value->>'recoveredAt')::timestamptz < recorded_at
  GROUP BY 1
) told
WHERE told.id = i.id;
