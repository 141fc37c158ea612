import type { Severity } from '../../lib/severity.ts';
import type { ComponentHealth } from '../health/health-view.ts';
import type { IncidentAlertView, LadderRow, TimelineLine } from '../incidents/incident-view.ts';
import type { Lull } from '../incidents/outage-clock.ts';
import type { NotificationLine } from '../notify/message.ts';
import type { Scenario } from './scenarios.ts';

/** `requested`: a worker has not begun it yet; `starting`: its sandbox is being set up. */
export type DrillState = 'requested' | 'starting' | 'running' | 'done' | 'aborted' | 'failed';

export const ACTS = ['acknowledge', 'publish', 'fallback_on', 'fallback_off', 'repair', 'end'] as const;
export type DrillAct = (typeof ACTS)[number];

/** Moments of a drill, ISO; null: not (yet). */
export interface DrillMarks {
  /** The outage began: what every duration counts from. */
  brokenAt: string | null;
  /** The incident was opened. */
  detectedAt: string | null;
  acknowledgedAt: string | null;
  /** The first text for customers was published. */
  publishedAt: string | null;
  fallbackAt: string | null;
  /** The cause was repaired. */
  repairedAt: string | null;
  /** Every alert had cleared. */
  recoveredAt: string | null;
}

/** What pages show of a drill: plain data, dates as ISO texts. */
export interface DrillSummary extends DrillMarks {
  id: number;
  scenario: Scenario;
  /** Its clock runs that many times as fast as ours. */
  speed: number;
  notify: 'marked' | 'simulated';
  /** Drill minutes after which it repairs itself; null: a person does. */
  repairAfter: number | null;
  state: DrillState;
  requestedAt: string;
  requestedBy: string;
  acknowledgedBy: string | null;
  publishedBy: string | null;
  fallbackBy: string | null;
  repairedBy: string | null;
  endedAt: string | null;
  endedBy: string | null;
  /** In words. */
  endReason: string | null;
}

/** An incident of the drill's own world. */
export interface DrillIncident {
  id: number;
  severity: Severity;
  title: string;
  status: 'open' | 'acknowledged' | 'resolved' | 'merged';
  startedAt: string;
  /** When it worked in between; what was kept earlier does not say it. */
  lulls?: Lull[];
  openedAt: string;
  acknowledgedBy: string | null;
  recoveredAt: string | null;
  alerts: IncidentAlertView[];
  ladder: LadderRow[];
  timeline: TimelineLine[];
  notifications: NotificationLine[];
}

/** What the drill's own world looked like when it was last read. */
export interface DrillProgress {
  at: string;
  components: Pick<ComponentHealth, 'name' | 'label' | 'state' | 'detail' | 'checkedAt'>[];
  incidents: DrillIncident[];
  fallback: 'on' | 'off';
  /** What was published for customers, else the ready draft; null before an incident; what was kept earlier has none. */
  publicText?: { title: string; text: string } | null;
  /** Webhooks of the drill's invented customers. */
  deliveries: { delivered: number; waiting: number; dead: number };
}

/** Something that a person asked for, and what came of it. */
interface DrillActLine {
  act: DrillAct;
  at: string;
  by: string;
  /** null: not done yet. */
  answer: string | null;
}

export interface DrillDetail extends DrillSummary {
  /** null before anything was read. */
  progress: DrillProgress | null;
  acts: DrillActLine[];
}

/** What a form of the page "Drill" did: in the address a code, never a sentence. */
const DONE = {
  requested: 'The drill begins in a few seconds.',
  asked: 'Done within a second.',
  ended: 'The drill was ended before it began.',
  already_running: 'Not begun: another drill is running. There is one at a time.',
  real_incident: 'Not begun: a real incident is open. Practise when it is over.',
  not_understood: 'The form was not understood. Reload the page and try again.',
  not_running: 'Not done: the drill is over, or has not begun yet.',
  not_found: 'There is no such drill.',
} as const;

export type DrillDone = keyof typeof DONE;

const DID: readonly DrillDone[] = ['requested', 'asked', 'ended'];

/** The sentence of a code in the address; null when it is none of ours. */
export function drillNotice(code: string | null): { text: string; refused: boolean } | null {
  if (code === null || !Object.hasOwn(DONE, code)) return null;
  const done = code as DrillDone;
  return { text: DONE[done], refused: !DID.includes(done) };
}
