import { downWithin } from '../../incidents/outage-clock.ts';
import type { RecentCheck } from '../../health/health-view.ts';
import type { Overview, RecentEvent, Tone, TrendPoint } from '../overview-view.ts';

/** Spans of the timeline, minutes. */
export const SPANS = [15, 60] as const;
export type Span = (typeof SPANS)[number];

/** What happened lately, on one axis of time; plain data, dates as ISO texts. */
export interface NowTimeline {
  from: string;
  to: string;
  span: Span;
  checks: TimedCheck[];
  minutes: TimedAttempts[];
  /** Customers who wait, and what is held for the Agent service, each from its moment on; null where it was not measured. */
  waiting: TrendPoint[];
  held: TrendPoint[];
  marks: Mark[];
  /** When the incident at hand was down, within the span; until `to` while it still is. */
  outages: { from: string; to: string }[];
}

interface TimedCheck {
  at: string;
  part: RecentCheck['part'];
  /** Of several in a step of time the worst. */
  outcome: RecentCheck['outcome'];
  /** How many they were. */
  count: number;
}

interface TimedAttempts {
  at: string;
  delivered: number;
  failed: number;
}

/** Something that happened, or that somebody did. */
export interface Mark {
  at: string;
  tone: Tone;
  text: string;
  link?: string;
}

/** Steps that checks are shown in: as many as can be told apart. */
const STEPS = 45;
/** An outage this young is shown in the short span, so that a line is a line and not a dot at the edge; ms. */
const YOUNG_MS = 12 * 60_000;

/**
 * @param wish the query's `span`; without one it follows the age of the incident
 * @param firstAt the first check that is known of; null: none
 */
export function spanOf(
  wish: string | null,
  { startedAt, firstAt, now }: { startedAt: string | null; firstAt: string | null; now: Date },
): Span {
  const asked = SPANS.find((span) => String(span) === wish);
  if (asked) return asked;
  return [startedAt, firstAt].some((at) => at !== null && now.getTime() - Date.parse(at) < YOUNG_MS)
    ? 15
    : 60;
}

/** Everything that happened within a span of time until `overview.at`. */
export function timelineOf(overview: Overview, checks: readonly RecentCheck[], span: Span): NowTimeline {
  const to = Date.parse(overview.at);
  const from = to - span * 60_000;
  const within = ({ at }: { at: string }) => Date.parse(at) >= from && Date.parse(at) <= to;
  const trend = (id: string) => overview.tiles.find((tile) => tile.id === id)?.trend.filter(within) ?? [];
  const down = overview.incident ? downWithin(overview.incident, from, to) : [];
  const waiting = overview.people?.waiting?.count;
  return {
    from: new Date(from).toISOString(),
    to: overview.at,
    span,
    checks: foldChecks(checks.filter(within), from, (to - from) / STEPS),
    minutes: overview.chart.filter(within).map(({ at, delivered, retried, failed }) => ({
      at,
      delivered,
      failed: retried + failed,
    })),
    waiting: [...trend('waiting'), ...(waiting === undefined ? [] : [{ at: overview.at, value: waiting }])],
    held: trend('backlog'),
    marks: marksOf(overview).filter(within),
    outages: down.map((part) => ({
      from: new Date(part.from).toISOString(),
      to: new Date(part.to).toISOString(),
    })),
  };
}

const BADNESS = { ok: 0, inconclusive: 1, failed: 2 } as const;

function foldChecks(checks: readonly RecentCheck[], from: number, stepMs: number): TimedCheck[] {
  const folded = new Map<string, TimedCheck>();
  for (const { at, part, outcome } of checks) {
    const step = Math.floor((Date.parse(at) - from) / stepMs);
    const key = `${part} ${step}`;
    const before = folded.get(key);
    folded.set(key, {
      at: new Date(from + (step + 0.5) * stepMs).toISOString(),
      part,
      outcome: before && BADNESS[before.outcome] > BADNESS[outcome] ? before.outcome : outcome,
      count: (before?.count ?? 0) + 1,
    });
  }
  return [...folded.values()];
}

/** What happened, oldest first: incidents, and what was recorded of outages, replays and people. */
function marksOf({ incident, otherIncidents, events }: Overview): Mark[] {
  const open = incident ? [incident, ...otherIncidents] : otherIncidents;
  const begun = open.flatMap((one): Mark[] => {
    const { id, title, startedAt, lulls, acknowledgedAt, acknowledgedBy } = one;
    const link = `/incidents/${id}`;
    return [
      { at: startedAt, tone: 'critical', text: `Incident ${id} began: ${title}`, link },
      ...lulls.flatMap(({ from, to }): Mark[] => [
        { at: from, tone: 'good', text: `Incident ${id} recovered`, link },
        { at: to, tone: 'critical', text: `Incident ${id} failed again`, link },
      ]),
      ...(acknowledgedAt
        ? [
            {
              at: acknowledgedAt,
              tone: 'info' as const,
              text: `${acknowledgedBy ?? 'Somebody'} took it`,
              link,
            },
          ]
        : []),
    ];
  });
  return [...begun, ...events.map(markOf)].sort((a, b) => a.at.localeCompare(b.at));
}

const markOf = ({ at, tone, text, link }: RecentEvent): Mark => ({ at, tone, text, ...(link && { link }) });
