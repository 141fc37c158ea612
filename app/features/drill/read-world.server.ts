import type { Services } from '../../lib/services.server.ts';
import { readComponents } from '../health/read-components.server.ts';
import { currentIncidents } from '../incidents/read-incidents.server.ts';
import { readIncident } from '../incidents/read-incident.server.ts';
import { readFirstUpdate } from '../status/read-notices.server.ts';
import type { DrillIncident, DrillMarks, DrillProgress } from './drill-view.ts';
import { readyText } from './world.server.ts';

/** Incidents, lines and messages of a drill that are kept. */
const KEPT = { incidents: 5, lines: 100, messages: 60 };

type Deed = { at: Date; by: string } | null;

export interface WorldReading {
  progress: DrillProgress;
  marks: Pick<DrillMarks, 'detectedAt' | 'acknowledgedAt' | 'publishedAt' | 'fallbackAt'> & {
    acknowledgedBy: string | null;
    publishedBy: string | null;
    fallbackBy: string | null;
    /** When the last alert of the last incident cleared; null while one fires, or without any incident. */
    clearedAt: string | null;
  };
  /** Everything that is watched works. */
  healthy: boolean;
}

/** What there is to see in the world of a drill. */
export async function readWorld(world: Services, now: Date): Promise<WorldReading> {
  const [components, open, deliveries, fallback, published] = await Promise.all([
    readComponents(world, now),
    currentIncidents(world),
    readDeliveries(world),
    readFallback(world),
    readFirstUpdate(world.db.pool),
  ]);
  const text = published ?? (open[0] ? await readyText(world, open[0], now) : null);
  const found = await Promise.all(
    open.slice(0, KEPT.incidents).map(({ id }) => readIncident(world, id, now)),
  );
  const incidents = found.filter((incident) => incident !== null);
  const cleared = incidents.map(({ recoveredAt }) => recoveredAt);
  const acknowledged = incidents
    .filter(({ acknowledgedAt }) => acknowledgedAt !== null)
    .sort((a, b) => Date.parse(a.acknowledgedAt!) - Date.parse(b.acknowledgedAt!))[0];
  return {
    progress: {
      at: now.toISOString(),
      components: components.map(({ name, label, state, detail, checkedAt }) => ({
        name,
        label,
        state,
        detail,
        checkedAt,
      })),
      incidents: incidents.map(kept),
      fallback: fallback.on ? 'on' : 'off',
      publicText: text && { title: text.title, text: text.text },
      deliveries,
    },
    marks: {
      detectedAt: earliest(incidents.map(({ openedAt }) => openedAt)),
      acknowledgedAt: acknowledged?.acknowledgedAt ?? null,
      acknowledgedBy: acknowledged?.acknowledgedBy ?? null,
      publishedAt: published?.at.toISOString() ?? null,
      publishedBy: published?.author ?? null,
      fallbackAt: fallback.first?.at.toISOString() ?? null,
      fallbackBy: fallback.first?.by ?? null,
      clearedAt: cleared.length === 0 || cleared.includes(null) ? null : (cleared.sort().at(-1) ?? null),
    },
    healthy: components.length > 0 && components.every(({ state }) => state === 'up'),
  };
}

/** Whether the sandbox has proved that it works: from here an outage is an outage. */
export async function isWarm(world: Services): Promise<boolean> {
  const { rows } = await world.db.pool.query<{ warm: boolean | null }>(
    `SELECT bool_and(state = 'up' AND successes >= $1) AS warm FROM health_components`,
    [world.config.ALERT_RECOVERY_CHECKS],
  );
  return rows[0]?.warm === true;
}

function kept(incident: NonNullable<Awaited<ReturnType<typeof readIncident>>>): DrillIncident {
  const { id, severity, title, status, startedAt, lulls, openedAt, acknowledgedBy, recoveredAt, ladder } =
    incident;
  return {
    id,
    severity,
    title,
    status,
    startedAt,
    lulls,
    openedAt,
    acknowledgedBy,
    recoveredAt,
    ladder,
    alerts: incident.alerts.slice(-KEPT.lines),
    timeline: incident.timeline.slice(-KEPT.lines),
    notifications: incident.notifications.slice(-KEPT.messages),
  };
}

const earliest = (moments: readonly string[]): string | null => [...moments].sort()[0] ?? null;

async function readDeliveries({ db }: Services): Promise<DrillProgress['deliveries']> {
  const { rows } = await db.pool.query<DrillProgress['deliveries']>(
    `SELECT count(*) FILTER (WHERE state = 'delivered') AS delivered, count(*) FILTER (WHERE state = 'pending') AS waiting,
       count(*) FILTER (WHERE state = 'dead') AS dead FROM deliveries`,
  );
  return rows[0]!;
}

async function readFallback({ db }: Services): Promise<{ on: boolean; first: Deed }> {
  const { rows } = await db.pool.query<{ at: Date; by: string; ended: Date | null }>(
    'SELECT started_at AS at, started_by AS by, ended_at AS ended FROM fallback_runs ORDER BY id',
  );
  return { on: rows.some(({ ended }) => ended === null), first: rows[0] ?? null };
}
