import type { Severity } from '../../lib/severity.ts';
import type { IncidentStatus, TimelineLine } from '../incidents/incident-view.ts';
import type { Lull } from '../incidents/outage-clock.ts';
import type { AffectedConversation } from '../recovery/impact.ts';
import { cleanedText, type ReportContent } from './report-content.ts';

/** The incident report: plain data, times as ISO texts in UTC. null is "not measured", never 0. */
export interface IncidentReport {
  incident: {
    id: number;
    title: string;
    severity: Severity;
    cause: string;
    status: IncidentStatus;
    drill: boolean;
    acknowledgedBy: string | null;
    resolvedBy: string | null;
    resolution: string | null;
  };
  /** When it was read from the record. */
  writtenAt: string;
  state: 'draft' | 'signed';
  signedBy: string | null;
  signedAt: string | null;
  /** 24 hours after the recovery; null while it has not recovered. */
  dueAt: string | null;
  content: ReportContent;
  times: ReportTimes;
  detection: ReportDetection;
  /** What people and the app did about it, oldest first. */
  steps: ReportLine[];
  impact: ReportImpact;
  messages: ReportMessages;
  affected: { listed: AffectedRow[]; total: number };
  overrides: ReportOverride[];
  actions: PreventiveAction[];
  told: ReportTold[];
  timeline: ReportLine[];
  charts: ReportChart[];
}

interface ReportTimes {
  /** The first sign of it on record. */
  startedAt: string;
  detectedAt: string;
  acknowledgedAt: string | null;
  recoveredAt: string | null;
  resolvedAt: string | null;
  /** How long it was down, without the times in which it worked; null while it is not over. */
  impactMs: number | null;
  /** When it worked in between; a report that was signed earlier does not say it. */
  lulls?: Lull[];
}

export interface ReportDetection {
  method: string;
  /** Of each alert, the rule and its numbers. */
  alerts: { at: string; rule: string; severity: string; words: string }[];
  /** How late after the onset; null: opened by hand, so when it began was not measured. */
  delayMs: number | null;
}

export type ReportLine = Pick<TimelineLine, 'at' | 'lastAt' | 'count' | 'source' | 'text' | 'actor'>;

interface ReportImpact {
  conversations: number | null;
  breaches: number | null;
  /** Tickets kept by hand, and how many of the breaches are of these; a report that was signed earlier does not say it. */
  byHand?: { tickets: number; breaches: number };
  /** Of the customers who began to wait meanwhile, a share from 0 to 1. */
  answeredInTime: number | null;
}

export interface ReportMessages {
  /** 0 only with the ledger balanced and Chatwoot's messages of that time compared; null: not measured. */
  lost: number | null;
  /** Why it is what it is. */
  proof: string;
  recovered: number | null;
  undelivered: number;
  discarded: number;
  /** The ledger, counted row by row after the end of the impact. */
  ledger: { at: string; counts: Record<string, number>; balanced: boolean } | null;
  comparisons: { id: number; from: string; to: string; finishedAt: string; messages: number | null }[];
}

export type AffectedRow = AffectedConversation & {
  /** Only for those who may read customers' texts. */
  customer: string | null;
};

export interface ReportOverride {
  at: string;
  what: string;
  by: string | null;
  reason: string;
}

export interface ReportTold {
  at: string;
  to: string;
  channel: string;
  what: string;
  state: string;
  finishedAt: string | null;
}

/** Figures over time; a point without a value was not measured. */
export interface ReportChart {
  title: string;
  unit: 'ms' | 'count';
  /** Names of the series. */
  series: string[];
  points: { at: string; values: (number | null)[] }[];
}

/** What the page edits: plain data, times as ISO texts. */
export interface ReportEditor {
  version: number;
  state: 'draft' | 'signed';
  content: ReportContent;
  updatedAt: string | null;
  updatedBy: string | null;
  versions: { version: number; at: string; by: string }[];
  /** Texts that were sent while somebody else saved, and nobody has brought in yet. */
  asides: { id: number; at: string; by: string; content: ReportContent }[];
  actions: PreventiveAction[];
}

/** A report that somebody has still to sign. */
export interface ReportDue {
  incidentId: number;
  /** Below zero: it is late. */
  dueInMs: number;
}

/** Runbook section 4, "Preventive actions". */
export const ACTION_KINDS = ['configuration', 'monitoring', 'process', 'runbook'] as const;
type ActionKind = (typeof ACTION_KINDS)[number];

export const ACTION_STATES = ['open', 'done', 'dropped'] as const;
export type ActionState = (typeof ACTION_STATES)[number];

export interface PreventiveAction {
  id: number;
  kind: ActionKind;
  action: string;
  owner: string;
  /** A day, `2026-11-30`. */
  dueOn: string;
  state: ActionState;
  version: number;
}

export type ActionInput = Pick<PreventiveAction, 'kind' | 'action' | 'owner' | 'dueOn'>;

const ACTION_LENGTH = 1000;
const OWNER_LENGTH = 100;

/** @returns the name of the first field that is missing or is none of what it may be */
export function parseActionInput(
  fields: URLSearchParams,
): { ok: true; input: ActionInput } | { ok: false; field: keyof ActionInput } {
  const kind = ACTION_KINDS.find((one) => one === fields.get('kind'));
  const action = cleanedText(fields.get('action') ?? '', ACTION_LENGTH);
  const owner = cleanedText((fields.get('owner') ?? '').replaceAll(/\s+/g, ' '), OWNER_LENGTH);
  const dueOn = fields.get('dueOn') ?? '';
  if (!kind) return { ok: false, field: 'kind' };
  if (!action) return { ok: false, field: 'action' };
  if (!owner) return { ok: false, field: 'owner' };
  if (!isDay(dueOn)) return { ok: false, field: 'dueOn' };
  return { ok: true, input: { kind, action, owner, dueOn } };
}

/** A day that exists, whatever the machine's time zone. */
function isDay(text: string): boolean {
  if (!/^20\d\d-\d\d-\d\d$/.test(text)) return false;
  const at = new Date(`${text}T00:00:00.000Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}
