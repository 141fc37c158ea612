/**
 * Everything that is public, as plain data; dates as ISO texts. Nothing is shown that is not in it, and it holds no name of a
 * person, no address and no answer of a check (docs/decisions/0024-status-page.md).
 */
export interface StatusDocument {
  /** When it was read from the database. */
  readAt: string;
  page: PublicPage;
  components: PublicComponent[];
  /** Newest first. */
  notices: PublicNotice[];
  /** People answer by hand: where customers reach them meanwhile. */
  fallbackEmail: string | null;
}

export const LANGUAGES = ['en', 'de', 'fr', 'es', 'it'] as const;
export type Language = (typeof LANGUAGES)[number];

interface PublicPage {
  title: string;
  contact: string;
  /** `#rrggbb`. */
  colour: string;
  language: Language;
  /** Of the app, without a slash at its end; null: not configured. */
  url: string | null;
  logo: { type: string; base64: string } | null;
  changedAt: string;
  /** Anybody can have themselves told of what is published. */
  subscribe: boolean;
}

/** The states of Statuspage's components, and one that it has no word for. */
export const COMPONENT_STATES = [
  'operational',
  'degraded_performance',
  'partial_outage',
  'major_outage',
  'under_maintenance',
  'unknown',
] as const;
export type PublicState = (typeof COMPONENT_STATES)[number];

export interface PublicComponent {
  id: number;
  name: string;
  about: string;
  state: PublicState;
  createdAt: string;
  /** When its state last changed, as far as that is known. */
  changedAt: string;
  /** Of 90 days up to today (UTC), oldest first: a letter each (health/health-view.ts). */
  days: string;
}

export const UPDATE_STATES = ['investigating', 'identified', 'monitoring', 'resolved', 'postmortem'] as const;
export type UpdateState = (typeof UPDATE_STATES)[number];

/** Whether an update says that it is over: then nothing more is promised. */
export const isEnd = (state: UpdateState): boolean => state === 'resolved' || state === 'postmortem';
/** What a window of maintenance goes through. */
type WindowState = 'scheduled' | 'in_progress' | 'completed' | 'cancelled';

export interface PublicNotice {
  id: number;
  kind: 'incident' | 'maintenance';
  title: string;
  /** Which components, and how they are. */
  affects: { id: number; name: string; state: PublicState }[];
  beganAt: string;
  /** Of a window of maintenance. */
  endsAt: string | null;
  createdAt: string;
  resolvedAt: string | null;
  /** Visitors of a shop are told of it. */
  banner: boolean;
  /** Newest first. */
  updates: {
    id: number;
    state: UpdateState | Exclude<WindowState, 'in_progress'>;
    text: string;
    at: string;
    /** When its text was replaced last; a document that an older version kept says nothing of it. */
    replacedAt?: string | null;
  }[];
}

/** When something was said last in a notice, or what it says was replaced. */
export const saidAt = ({ updates, createdAt }: Pick<PublicNotice, 'updates' | 'createdAt'>): string =>
  updates
    .map(({ at, replacedAt }) => replacedAt ?? at)
    .sort()
    .at(-1) ?? createdAt;

/** A document older than this says no longer how it is, ms. */
const STALE_MS = 120_000;

export const isStale = ({ readAt }: Pick<StatusDocument, 'readAt'>, now: Date): boolean =>
  now.getTime() - Date.parse(readAt) > STALE_MS;

const WORST_FIRST: readonly PublicState[] = [
  'major_outage',
  'partial_outage',
  'degraded_performance',
  'under_maintenance',
  'unknown',
  'operational',
];

export const worstOf = (states: readonly PublicState[]): PublicState =>
  WORST_FIRST.find((state) => states.includes(state)) ?? 'unknown';

export const isOngoing = ({ kind, resolvedAt, beganAt, endsAt }: PublicNotice, now: Date): boolean =>
  resolvedAt === null &&
  (kind === 'incident' || (Date.parse(beganAt) <= now.getTime() && Date.parse(endsAt!) > now.getTime()));

export const isPlanned = ({ kind, resolvedAt, beganAt }: PublicNotice, now: Date): boolean =>
  kind === 'maintenance' && resolvedAt === null && Date.parse(beganAt) > now.getTime();

/** A window that was called off before it began: there was no maintenance. */
export const isCancelled = ({ kind, resolvedAt, beganAt }: PublicNotice): boolean =>
  kind === 'maintenance' && resolvedAt !== null && Date.parse(resolvedAt) < Date.parse(beganAt);

/** Where a notice stands: its newest update, or what the clock says of a window. */
export function stateOf(notice: PublicNotice, now: Date): UpdateState | WindowState {
  if (notice.kind === 'maintenance') {
    if (isCancelled(notice)) return 'cancelled';
    return isPlanned(notice, now) ? 'scheduled' : isOngoing(notice, now) ? 'in_progress' : 'completed';
  }
  return UPDATE_STATES.find((known) => known === notice.updates[0]?.state) ?? 'investigating';
}

/**
 * A component as it is at this moment: what a notice that goes on says of it, else what its checks say; a document that is
 * too old says nothing of what was green.
 */
export function stateNow(document: StatusDocument, component: PublicComponent, now: Date): PublicState {
  const said = document.notices
    .filter((notice) => isOngoing(notice, now))
    .flatMap((notice) => notice.affects.filter(({ id }) => id === component.id).map(({ state }) => state));
  if (said.length > 0) return worstOf(said);
  return isStale(document, now) ? 'unknown' : component.state;
}

/** How all of it is. */
export function overallState(document: StatusDocument, now: Date): PublicState {
  const states = document.components.map((component) => stateNow(document, component, now));
  return worstOf(
    document.notices
      .filter((notice) => isOngoing(notice, now))
      .flatMap(({ affects }) => affects.map(({ state }) => state))
      .concat(states),
  );
}

/** The next moment at which the document says something else by the clock alone, ms; Infinity: never. */
export function changesAt(document: StatusDocument, now: Date): number {
  const times = [
    Date.parse(document.readAt) + STALE_MS + 1,
    ...document.notices.flatMap(({ beganAt, endsAt }) => [
      Date.parse(beganAt),
      endsAt ? Date.parse(endsAt) : 0,
    ]),
    Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1),
  ];
  return Math.min(...times.filter((at) => at > now.getTime()));
}

/** `2026-11` of a time, UTC. */
export const monthOf = (iso: string): string => iso.slice(0, 7);

/** Months with a notice that began, newest first. */
export const monthsOf = (document: StatusDocument, now: Date): string[] =>
  [
    ...new Set(
      document.notices
        .filter((notice) => !isPlanned(notice, now) && !isCancelled(notice))
        .map(({ beganAt }) => monthOf(beganAt)),
    ),
  ]
    .sort()
    .reverse();

/** What a form of an update begins with. */
export interface Draft {
  title: string;
  state: UpdateState;
  text: string;
  affects: Record<string, PublicState>;
}

/** What customers are told of an incident at this moment. */
export interface Told {
  /** The page still says that something is wrong. */
  goesOn: boolean;
  /** When they were promised to hear more, ISO; null: they were promised nothing. */
  nextAt: string | null;
}

/** A notice of an incident that has not been ended. */
export interface OpenNotice {
  id: number;
  incidentId: number;
  title: string;
  beganAt: string;
}
