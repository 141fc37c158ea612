import type { IncidentDetail, IncidentSummary } from '../incidents/incident-view.ts';
import type { CustomersWaiting, WaitingCheck } from '../waiting/waiting-view.ts';

/** What the Outage Center page shows, as plain data (dates as ISO texts), so that loader, event stream and tests share it. */
export type Tone = 'good' | 'warning' | 'critical' | 'unknown' | 'info';

export interface OverviewVerdict {
  tone: Tone;
  /** One sentence in terms of customers and time. */
  sentence: string;
  /** What a check saw, for whoever repairs it: "503 in 37 ms at /health". */
  detail?: string;
  /** The part of the sentence that says how it is mended: the page folds it, the next step's button does it. */
  cure?: string;
  /** One or two words beside the icon: "All good", "Outage", "Unknown", … */
  word: string;
  /** Since when this verdict holds, where that is known. */
  since: string | null;
  /** The incident it speaks of. */
  incidentId?: number;
}

/** The one thing to do now. `form` posts; `link` leads somewhere; neither means: nothing to do but watch. */
export interface NextStep {
  sentence: string;
  form?: {
    action: string;
    label: string;
    fields: Record<string, string>;
    /** The right to press it, where it is not that to replay. */
    needs?: 'incidents.respond' | 'settings.manage';
  };
  link?: { to: string; label: string };
}

export interface TrendPoint {
  at: string;
  /** null: not measured in this bucket. */
  value: number | null;
}

export interface Tile {
  id: 'intake' | 'chatwoot' | 'agent' | 'success' | 'dead_letters' | 'backlog' | 'waiting';
  title: string;
  tone: Tone;
  /** The word beside the icon. */
  word: string;
  /** The main figure with its unit, or "Unknown" / "No traffic". */
  figure: string;
  details: string[];
  link: string;
  trend: TrendPoint[];
  /** Instead of a trend: how each of the last 90 days went, oldest first, a letter each; see health-view.ts. */
  days?: string | null;
}

export type Range = '1h' | '24h' | '7d';

export interface ChartPoint {
  at: string;
  delivered: number;
  retried: number;
  failed: number;
  /** Share of attempts that succeeded, 0 to 1; null without attempts. */
  successRatio: number | null;
  /** Upper bounds of the latency buckets, ms; null without deliveries. */
  p50: number | null;
  p95: number | null;
}

export interface LedgerLine {
  received: number;
  delivered: number;
  pending: number;
  held: number;
  /** Fetched from Chatwoot; somebody has to say whether they are to go out. */
  withheld: number;
  dead: number;
  discarded: number;
  /** Acknowledged, safe in a spool file, not yet in the database. */
  spooled: number;
  /** Acknowledged and set aside in a file until a person decides. */
  quarantined: number;
  /** Of `received`: fetched from Chatwoot because their webhooks did not come. */
  reconciled: number;
  balanced: boolean;
}

export interface RecentEvent {
  id: number;
  at: string;
  /** Several at once: when the first of them was; `at` is the last. */
  from?: string;
  tone: Tone;
  text: string;
  link?: string;
}

export interface ReplayView {
  id: number;
  state: 'running' | 'paused' | 'cancelled' | 'stopped' | 'done';
  reason: string | null;
  total: number;
  delivered: number;
  dead: number;
  skipped: number;
  waiting: number;
  secondsLeft: number | null;
  /** How many it sends a second; null: it does not run, or that is not known yet. */
  perSecond: number | null;
}

export interface Warning {
  id: string;
  tone: Tone;
  sentence: string;
  /** What to do about it. */
  cure: string;
  link?: { to: string; label: string };
  /** Registering our webhook in Chatwoot again is the cure: an admin has a button for it. */
  registers?: boolean;
}

/** An incident that is not over, as far as the page shows it. */
export type CurrentIncident = IncidentSummary &
  Pick<IncidentDetail, 'ladder' | 'onCall' | 'nextGuideStep'> & {
    /** Whose messages about it were accepted by the other side, each once. */
    told: string[];
  };

export interface Overview {
  at: string;
  /** false: the connection is not configured; the page shows the set-up card. */
  configured: boolean;
  verdict: OverviewVerdict;
  nextStep: NextStep;
  /** The incident to look at first; null: none is open. */
  incident: CurrentIncident | null;
  /** Other open incidents. */
  otherIncidents: IncidentSummary[];
  warnings: Warning[];
  /** Who waits for an answer (null: not known), and of these in tickets kept by hand; null: the database does not answer. */
  people: {
    waiting: CustomersWaiting | null;
    /** Of the first count, how far it is; null: it is done, or does not get on. */
    counting: WaitingCheck['counting'];
    byHand: number;
  } | null;
  /** Roles of the escalation policy that nobody could be told for; null: not known. */
  gaps: string[] | null;
  /** People answer by hand; null: not known. */
  fallbackOn: boolean | null;
  tiles: Tile[];
  range: Range;
  chart: ChartPoint[];
  /** null: the database does not answer, so nothing was counted. */
  ledger: LedgerLine | null;
  /** When the ledger was last counted row by row, and what came out; null: not yet. */
  ledgerCheck: { at: string; balanced: boolean } | null;
  replays: ReplayView[];
  events: RecentEvent[];
}
