import type { Severity } from '../../lib/severity.ts';
import type { NotificationLine } from '../notify/message.ts';
import type { OnCallNow } from './on-call/on-call-view.ts';
import type { Lull } from './outage-clock.ts';

export type { NotificationLine };

/** What pages, the CLI and the API show of incidents: plain data, dates as ISO texts. */
export type IncidentStatus = 'open' | 'acknowledged' | 'resolved' | 'merged';

export interface IncidentSummary {
  id: number;
  severity: Severity;
  status: IncidentStatus;
  /** `chatwoot`, `delivery`, `intake`, `network`, `target:<name>`, `manual:<n>`. */
  cause: string;
  title: string;
  /** First failed check. */
  startedAt: string;
  openedAt: string;
  acknowledgedAt: string | null;
  acknowledgedBy: string | null;
  assignee: string | null;
  /** Its last alert cleared then and none has fired since. */
  recoveredAt: string | null;
  /** When it worked in between: what is not in them, until it recovered, is outage (outage-clock.ts). */
  lulls: Lull[];
  resolvedAt: string | null;
  resolvedBy: string | null;
  mergedInto: number | null;
  drill: boolean;
  version: number;
}

export interface IncidentAlertView {
  rule: string;
  severity: Severity;
  firedAt: string;
  clearedAt: string | null;
  /** The rule and the numbers that triggered it, in words. */
  words: string;
}

export interface TimelineLine {
  id: string;
  at: string;
  /** Of the last repeat, when several were folded. */
  lastAt: string;
  count: number;
  source:
    'probe' | 'alert' | 'escalation' | 'notification' | 'person' | 'guide' | 'fallback' | 'replay' | 'system';
  text: string;
  actor: string | null;
}

/** One row of "who is told when, and why". */
export interface LadderRow {
  stepId: number;
  role: string;
  /** Who has this role; empty: a gap. */
  contacts: { name: string; channels: string[] }[];
  /** They are who is on call then; `gap` says why it is everybody with the role. Null: there is no rotation, or they were told. */
  onCall: { gap: string | null } | null;
  afterMinutes: number;
  reason: string;
  dueAt: string;
  state: 'told' | 'next' | 'waiting' | 'stopped' | 'gap' | 'cancelled';
  toldAt: string | null;
}

/** A step of the runbook's guide. */
export interface GuideStep {
  key: string;
  /** "Immediate response", "Investigation", "Escalation", "Recovery". */
  phase: string;
  /** Minutes within which the phase should be through, from the start of the incident; null: none. */
  phaseMinutes: number | null;
  title: string;
  help: string | null;
  state: 'open' | 'done' | 'failed' | 'skipped';
  at: string | null;
  by: string | null;
  evidence: string | null;
  /** `app`: one click and the app does or checks it; `person`: somebody ticks it; `link`: leads to where it is done. */
  how: 'app' | 'person' | 'link';
  link: { to: string; label: string } | null;
  /** Text to copy, such as a notice for customers. */
  text: string | null;
  /** An admin can register our webhook in Chatwoot again there. */
  registers: boolean;
}

export interface IncidentDetail extends IncidentSummary {
  sentence: string;
  resolution: string | null;
  /** Why it was resolved although a rule fired, or its recovery was not proved. */
  overrideReason: string | null;
  alerts: IncidentAlertView[];
  /** Its rules still fire: it cannot be resolved without an override. */
  stillFiring: boolean;
  ladder: LadderRow[];
  /** Who is on call now for the roles of its ladder; empty once somebody has taken it. */
  onCall: OnCallNow[];
  guide: GuideStep[];
  nextGuideStep: GuideStep | null;
  timeline: TimelineLine[];
  notifications: NotificationLine[];
}

/** What a link is good for now. Who holds it is told what its message said, and who is on it; dates are ISO texts. */
export type LinkState =
  /** Never made, signed by another key, or its person may not acknowledge (any more): nobody is told which. */
  | { state: 'void' }
  | { state: 'expired' }
  | (LinkIncident &
      (
        | { state: 'open'; reader: string }
        | { state: 'used' }
        /** `byReader`: by whom the link is for, with this link. */
        | { state: 'taken'; by: string | null; at: string | null; byReader: boolean }
        | { state: 'over'; mergedInto: number | null; at: string | null }
      ));

interface LinkIncident {
  incidentId: number;
  title: string;
  severity: Severity;
}

/** A run of minutes without a gap in which answers came too late for Chatwoot, and how many. */
export interface LateRun {
  from: string;
  to: string;
  count: number;
}
