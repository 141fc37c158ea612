import type { PrismaClient } from '../../generated/prisma/client.ts';
import type { RecentEvent } from './overview-view.ts';
import {
  FOLDED_TYPES,
  SINGLE_TYPES,
  tellFolded,
  tellSingle,
  type FoldedFacts,
  type SingleFact,
} from './event-words.ts';
import { factType, factTypes } from '../facts/record-fact.server.ts';

/** Events on the page. */
const SHOWN = 20;
/** Facts of each kind that are looked at for folding; a fold that reaches the end says "at least". */
const LOOKED_AT = 500;

/** Facts that come in numbers, told together: same kind, same cause or person, no 5 minutes between two of them. */
const FOLDED = `
  WITH newest AS (
    SELECT f.* FROM unnest(ARRAY[${factTypes(FOLDED_TYPES)}]) AS t(fact_type)
    CROSS JOIN LATERAL (
      SELECT id, fact_type, recorded_at, CASE t.fact_type
          WHEN ${factType('support.webhook.dead_letter')} THEN metadata->>'cause'
          WHEN ${factType('support.webhook.retry')} THEN
            CASE WHEN value->>'success' = 'true' AND (value->>'attempts')::int > 1 THEN '' END
          ELSE COALESCE(metadata->>'actor', 'Somebody') END AS about,
        CASE t.fact_type WHEN ${factType('support.webhook.dead_letter')} THEN id
          WHEN ${factType('support.webhook.retry')} THEN NULL ELSE (value->>'deadLetter')::bigint END AS dead_letter
      FROM dashboard_facts WHERE fact_type = t.fact_type ORDER BY recorded_at DESC LIMIT $1::int) f
  ), looked AS (
    SELECT fact_type, count(*) = $1::int AS all_of_them, min(recorded_at) AS oldest FROM newest GROUP BY fact_type
  ), marked AS (
    SELECT *, recorded_at - lag(recorded_at) OVER same > interval '5 minutes' AS begins
    FROM newest WHERE about IS NOT NULL WINDOW same AS (PARTITION BY fact_type, about ORDER BY recorded_at, id)
  ), folds AS (
    SELECT *, count(*) FILTER (WHERE begins) OVER (PARTITION BY fact_type, about ORDER BY recorded_at, id) AS fold FROM marked
  )
  SELECT max(id)::float8 AS id, fact_type AS "factType", about, count(*)::int AS count,
    bool_or(all_of_them AND recorded_at - oldest < interval '5 minutes') AS "isMinimum",
    min(recorded_at) AS first, max(recorded_at) AS last, max(dead_letter)::float8 AS "deadLetter"
  FROM folds JOIN looked USING (fact_type)
  GROUP BY fact_type, about, fold ORDER BY last DESC LIMIT $2::int`;

const SINGLE = `
  SELECT f.* FROM unnest(ARRAY[${factTypes(SINGLE_TYPES)}]) AS t(fact_type)
  CROSS JOIN LATERAL (
    SELECT id::float8 AS id, fact_type AS type, recorded_at AS at, value, metadata
    FROM dashboard_facts WHERE fact_type = t.fact_type ORDER BY recorded_at DESC LIMIT $1::int) f
  ORDER BY at DESC LIMIT $1::int`;

/** What happened last, newest first: a walk down the index of each kind of fact, never through the history. */
export async function readRecentEvents(prisma: PrismaClient): Promise<RecentEvent[]> {
  const [folded, single] = await Promise.all([
    prisma.$queryRawUnsafe<FoldedFacts[]>(FOLDED, LOOKED_AT, SHOWN),
    prisma.$queryRawUnsafe<SingleFact[]>(SINGLE, SHOWN),
  ]);
  return [...folded.map(tellFolded), ...single.map(tellSingle)]
    .sort((a, b) => b.at.localeCompare(a.at) || b.id - a.id)
    .slice(0, SHOWN);
}
