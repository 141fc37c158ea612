import { clockWords } from '../../lib/time-words.ts';
import type { CanaryView } from '../canary/canary-view.ts';
import type { GateItem } from './gate-item.ts';
import type { Impact } from './impact.ts';
import type { GatedIncident, RecoveryItem } from './recovery-input.ts';
import type { RestoreGate } from './restore/restore-gate.ts';

/** What a person can do about the next open item. */
export type NextAction =
  | { kind: 'check' }
  | { kind: 'canary' }
  /** `draft`: what there is to read. */
  | { kind: 'approve'; id: number; draft: string | null }
  | { kind: 'tick'; gate: 'restore' | 'recovery'; item: string }
  | { kind: 'link'; to: string; label: string }
  /** Only time helps, or what already runs. */
  | { kind: 'wait' };

export interface GatesState {
  tone: 'good' | 'warning' | 'info';
  /** Where the way out of the outage stands, in a sentence. */
  sentence: string;
  next: { text: string; action: NextAction } | null;
}

export interface GatesInput {
  fallbackOn: boolean;
  restore: RestoreGate;
  /** Of the incident at hand; null: there is none. */
  recovery: RecoveryGate | null;
  canary: CanaryView | null;
}

const doneOf = (items: readonly GateItem[]) =>
  `${items.filter(({ done }) => done).length} of ${items.length}`;

/** Where the way out of an outage stands and the one thing to do next: restore first, then prove, resolve, tell. */
export function decideRecoveryStep(input: GatesInput): GatesState {
  const state = input.fallbackOn
    ? restoring(input)
    : input.recovery
      ? recovering(input.recovery, input)
      : calm();
  const { canary } = input;
  if (!canary?.waitsForApproval) return state;
  const until = canary.failsAt ? ` until ${clockWords(new Date(canary.failsAt))}` : '';
  const text = `Read the draft of the test message and approve it: it waits${until}.`;
  const draft = canary.steps.find(({ key }) => key === 'draft')?.evidence ?? null;
  return { ...state, next: { text, action: { kind: 'approve', id: canary.id, draft } } };
}

const calm = (): GatesState => ({
  tone: 'good',
  sentence: 'Nothing to recover from: no incident is open, and fallback mode is off.',
  next: null,
});

function restoring({ restore, canary }: GatesInput): GatesState {
  const item = restore.items.find(({ done }) => !done);
  if (!item)
    return {
      tone: 'good',
      sentence: 'The restore checklist is done: automation may be switched on again.',
      next: {
        text: 'Switch fallback mode off.',
        action: { kind: 'link', to: '/fallback#switch', label: 'Go to the switch' },
      },
    };
  return {
    tone: 'warning',
    sentence: `Fallback mode is on: ${doneOf(restore.items)} steps of the restore checklist are done.`,
    next: { text: `${item.title}: ${item.evidence}`, action: actionOf(item, 'restore', canary) },
  };
}

/** What waits for a person comes before what only needs time. */
const IN_ORDER = ['canary', 'backlog', 'sla', 'green', 'dead_letters', 'success', 'watch'];

function recovering(recovery: RecoveryGate, { canary }: GatesInput): GatesState {
  const { incident, items, passed, since } = recovery;
  if (incident.status === 'resolved' || incident.status === 'merged') return telling(recovery);
  if (passed)
    return {
      tone: 'good',
      sentence: `The recovery from incident ${incident.id} is proved.`,
      next: {
        text: 'Resolve the incident, saying what it was.',
        action: { kind: 'link', to: '#resolve', label: 'Resolve it' },
      },
    };
  const sentence = `The recovery from incident ${incident.id} is not proved yet: ${doneOf(items)} done.`;
  if (since === null)
    return {
      tone: 'warning',
      sentence,
      next: {
        text: `${items[0]!.title}: ${items[0]!.evidence}`,
        action: { kind: 'link', to: `/incidents/${incident.id}#guide`, label: 'Open the guide' },
      },
    };
  const open = items.filter(({ done }) => !done);
  const item = IN_ORDER.flatMap((key) => open.find((one) => one.key === key) ?? [])[0] ?? open[0]!;
  return {
    tone: 'warning',
    sentence,
    next: { text: `${item.title}: ${item.evidence}`, action: actionOf(item, 'recovery', canary) },
  };
}

function telling({ incident, stakeholders }: RecoveryGate): GatesState {
  const item = stakeholders.find(({ done }) => !done);
  const sentence = `Incident ${incident.id} is resolved: ${doneOf(stakeholders)} of those who are to be told know.`;
  const report = { kind: 'link' as const, to: `/incidents/${incident.id}/report`, label: 'Open the report' };
  return item
    ? {
        tone: 'info',
        sentence,
        next: {
          text: `${item.title}: the draft is below.`,
          action: { kind: 'link', to: `#item-recovery-${item.key}`, label: 'See the draft' },
        },
      }
    : { tone: 'good', sentence, next: { text: 'Write the incident report.', action: report } };
}

function actionOf(item: GateItem, gate: 'restore' | 'recovery', canary: CanaryView | null): NextAction {
  if (item.how === 'person') return { kind: 'tick', gate, item: item.key };
  if (item.how === 'canary') return canary?.state === 'running' ? { kind: 'wait' } : { kind: 'canary' };
  if (gate === 'restore') return { kind: 'check' };
  return item.key === 'backlog' ? { kind: 'link', to: '/waiting', label: 'See who waits' } : { kind: 'wait' };
}

/** Both gates and the newest canary: plain data, dates as ISO texts. */
export interface RecoveryPageView {
  state: GatesState;
  fallback: { on: boolean; since: string | null };
  restore: RestoreGate;
  canary: CanaryView | null;
  /** Of the incident at hand; null: there is none. */
  recovery: RecoveryGate | null;
  /** Other open incidents. */
  others: { id: number; title: string }[];
}

interface StakeholderStep extends GateItem {
  /** To copy and send. */
  draft: string;
}

/** How far the recovery of one incident is proved: plain data, dates as ISO texts. */
export interface RecoveryGate {
  incident: Pick<GatedIncident, 'id' | 'title' | 'severity' | 'status'> & {
    startedAt: string;
    overrideReason: string | null;
  };
  passed: boolean;
  /** Since when everything has been green; null while the recovery has not begun. */
  since: string | null;
  /** Titles of what is not proved yet. */
  open: string[];
  /** What it lacks, in one sentence, for whoever wants to resolve it; null when it has passed. */
  lacking: string | null;
  items: RecoveryItem[];
  /** Not part of the gate: told afterwards, and on record. */
  stakeholders: StakeholderStep[];
  impact: Omit<Impact, 'from' | 'to'> & { from: string; to: string };
}
