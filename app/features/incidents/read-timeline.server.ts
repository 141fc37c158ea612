import type pg from 'pg';
import { minuteWords } from '../../lib/time-words.ts';
import type { FactType, FactValue, StoredFact } from '../facts/fact-types.ts';
import { readNotificationLines } from '../notify/read-notifications.server.ts';
import type { IncidentRow } from './incident-row.server.ts';
import type { LateRun, NotificationLine, TimelineLine } from './incident-view.ts';

/** Lines of each kind that a page shows; an incident of days has no more than this to read anyway. */
const MOST = 500;

/**
 * Everything that happened, oldest first: what was written for the incident, and what deliveries, replays and the spool
 * recorded meanwhile. Notifications come with their outcome.
 */
export async function readTimeline(
  pool: pg.Pool,
  incident: IncidentRow,
  notifications: readonly NotificationLine[],
  now: Date,
): Promise<TimelineLine[]> {
  const period = { from: incident.startedAt, to: incident.resolvedAt ?? now, most: MOST / 5 };
  const [own, facts, late] = await Promise.all([
    readOwn(pool, incident.id),
    readFacts(pool, incident, now),
    readLateAnswers(pool, period),
  ]);
  return [...own, ...facts, ...late, ...notifications.map(lineOf)].sort(
    (a, b) => a.at.localeCompare(b.at) || a.id.localeCompare(b.id, 'en', { numeric: true }),
  );
}

async function readOwn(pool: pg.Pool, id: number): Promise<TimelineLine[]> {
  const { rows } = await pool.query<
    Omit<TimelineLine, 'at' | 'lastAt' | 'id'> & { id: number; at: Date; lastAt: Date }
  >(
    `SELECT id, at, last_at AS "lastAt", count, source, text, actor FROM (
       SELECT * FROM incident_timeline WHERE incident_id = $1 ORDER BY at DESC, id DESC LIMIT $2) newest
     ORDER BY at, id`,
    [id, MOST],
  );
  return rows.map(({ id: line, at, lastAt, ...row }) => ({
    ...row,
    id: `t${line}`,
    at: at.toISOString(),
    lastAt: lastAt.toISOString(),
  }));
}

/** Facts of other features; fallback mode writes lines of its own. */
async function readFacts(pool: pg.Pool, incident: IncidentRow, now: Date): Promise<TimelineLine[]> {
  const { rows } = await pool.query<ToldFact & { id: number; at: Date }>(
    `SELECT f.id, f.recorded_at AS at, f.fact_type AS type, f.value, f.metadata
     FROM unnest($1::text[]) AS t (fact_type)
     CROSS JOIN LATERAL (
       SELECT * FROM dashboard_facts WHERE fact_type = t.fact_type AND recorded_at >= $2 AND recorded_at <= $3
       ORDER BY recorded_at DESC LIMIT $4) f
     ORDER BY f.recorded_at, f.id`,
    [TOLD_TYPES, incident.startedAt, incident.resolvedAt ?? now, MOST / 5],
  );
  return rows.map((fact) => ({
    id: `f${fact.id}`,
    at: fact.at.toISOString(),
    lastAt: fact.at.toISOString(),
    count: 1,
    ...describeFact(fact),
  }));
}

const OUTCOMES: Record<NotificationLine['state'], string> = {
  queued: 'not sent yet',
  accepted: 'accepted',
  failed: 'failed',
  simulated: 'drill, not sent',
  folded: 'joined with another',
};

function lineOf(line: NotificationLine): TimelineLine {
  const answer = line.answer ? ` (${line.answer})` : '';
  return {
    id: `n${line.id}`,
    at: line.createdAt,
    lastAt: line.finishedAt ?? line.createdAt,
    count: 1,
    source: 'notification',
    text: `${line.channel} to ${line.to}, "${line.kind}": ${OUTCOMES[line.state]}${answer}`,
    actor: null,
  };
}

/** Messages about an incident with what became of each, oldest first. */
export const readNotifications = (
  pool: pg.Pool,
  to: readonly string[],
  incidentId: number,
): Promise<NotificationLine[]> => readNotificationLines(pool, to, incidentId, MOST);

/** Types of facts that other features record and an incident's timeline tells of. */
const TOLD_TYPES = [
  'support.webhook.replay',
  'support.breaker.opened',
  'support.breaker.closed',
  'support.spool.used',
  'support.spool.imported',
] as const satisfies FactType[];

type ToldFact = StoredFact<(typeof TOLD_TYPES)[number]>;

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** A fact as a line of an incident's timeline. */
function describeFact(fact: ToldFact): Pick<TimelineLine, 'source' | 'text' | 'actor'> {
  switch (fact.type) {
    case 'support.breaker.opened': {
      const because = fact.value.reason ? `: ${fact.value.reason}` : '';
      return bySystem(`Deliveries are held: the Agent service is failing${because}`);
    }
    case 'support.breaker.closed':
      return bySystem('The Agent service answers again: what was held is sent');
    case 'support.spool.used':
      return bySystem('Webhooks go to the spool file: the database does not take them in time');
    case 'support.spool.imported':
      return bySystem(
        `${counted(fact.value.count, 'webhook')} brought from the spool file into the database`,
      );
    case 'support.webhook.replay': {
      const { actor, reason } = fact.metadata;
      return { source: 'replay', actor, text: `${replayWords(fact.value)}${reason ? `: ${reason}` : ''}` };
    }
  }
}

const bySystem = (text: string) => ({ source: 'system' as const, actor: null, text });

function replayWords({ replayId, action, count }: FactValue<'support.webhook.replay'>): string {
  return action === 'created'
    ? `Replay ${replayId} of ${counted(count, 'dead letter')} started`
    : `Replay ${replayId} ${action}`;
}

/** Neighbouring buckets of a period in which answers came too late, as one row each run: by minutes where those are kept. */
const RUNS = `
WITH counted AS (
  SELECT resolution, bucket, CASE resolution WHEN 'minute' THEN interval '1 minute' ELSE interval '10 minutes' END AS width,
    sum(n)::int AS n
  FROM fact_rollups
  WHERE metric = 'late_answer' AND resolution IN ('minute', 'ten_minutes')
    AND bucket > $1::timestamptz - interval '10 minutes' AND bucket <= $2
  GROUP BY resolution, bucket
), within AS (
  SELECT *, min(resolution) OVER () AS finest FROM counted WHERE bucket + width > $1
), marked AS (
  SELECT *, bucket - lag(bucket) OVER (ORDER BY bucket) > width AS begins FROM within WHERE resolution = finest
), runs AS (
  SELECT *, count(*) FILTER (WHERE begins) OVER (ORDER BY bucket) AS run FROM marked
)
SELECT min(bucket) AS first, max(bucket + width) AS last, sum(n)::int AS n FROM runs GROUP BY run ORDER BY first LIMIT $3`;

/**
 * When within a period webhooks were kept, but answered too late for Chatwoot, which then saw a failure: oldest first.
 * After 8 days it is known to ten minutes.
 */
export async function readLateRuns(
  pool: pg.Pool,
  { from, to, most }: { from: Date; to: Date; most: number },
): Promise<LateRun[]> {
  const { rows } = await pool.query<{ first: Date; last: Date; n: number }>(RUNS, [from, to, most]);
  return rows.map(({ first, last, n }) => ({
    from: first.toISOString(),
    to: last.toISOString(),
    count: n,
  }));
}

/** The same as lines of a timeline. */
async function readLateAnswers(
  pool: pg.Pool,
  period: { from: Date; to: Date; most: number },
): Promise<TimelineLine[]> {
  return (await readLateRuns(pool, period)).map(({ from, to, count }) => ({
    id: `l${Date.parse(from)}`,
    at: from,
    lastAt: to,
    count: 1,
    source: 'system',
    text: `${count} ${count === 1 ? 'webhook was' : 'webhooks were'} answered too late for Chatwoot between ${minuteWords(new Date(from))} and ${minuteWords(new Date(to))}: it saw a failure, ${count === 1 ? 'it was' : 'they were'} kept.`,
    actor: null,
  }));
}
