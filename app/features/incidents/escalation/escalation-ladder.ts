import { CHANNEL_WORDS } from '../../notify/channel.ts';
import type { ContactKind } from '../../notify/message.ts';
import type { Severity } from '../../../lib/severity.ts';
import type { LadderRow } from '../incident-view.ts';
import { afterOutageOf, type Lull } from '../outage-clock.ts';

/** What the ladder looks at of an incident; a preview makes one up. */
export interface LadderIncident {
  severity: Severity;
  cause: string;
  /** The first failed check: every step counts from here, and leaves out when it worked in between. */
  startedAt: Date;
  lulls: readonly Lull[];
  /** It works again, or it is resolved or merged: nobody else needs to be told. */
  over: boolean;
}

/** A step of the policy, as people edit it. */
export interface PolicyStep {
  id: number;
  position: number;
  role: string;
  afterMinutes: number;
  severities: readonly Severity[];
  /** Empty: whatever the cause. */
  causes: readonly string[];
  /** Only where Chatwoot is hosted so; null: wherever. */
  hosting: 'self_hosted' | 'saas' | null;
  /** Told even when somebody has acknowledged. */
  whenAcknowledged: boolean;
  reason: string;
}

export interface LadderContact {
  id: number;
  role: string;
  name: string;
  channels: readonly { id: string; kind: ContactKind }[];
}

/** What was done about a step. */
export interface StepTaken {
  stepId: number;
  at: Date;
  outcome: 'told' | 'gap' | 'acknowledged';
}

interface Circumstances {
  hosting: 'self_hosted' | 'saas';
  /** Of the drill, else 1: its minutes are that much shorter. */
  speed: number;
  acknowledged: boolean;
}

/** Whether a step of the policy is meant for such an incident. */
function stepApplies(
  step: PolicyStep,
  incident: Pick<LadderIncident, 'severity' | 'cause'>,
  hosting: Circumstances['hosting'],
): boolean {
  return (
    step.severities.includes(incident.severity) &&
    (step.causes.length === 0 || step.causes.includes(incident.cause)) &&
    (step.hosting === null || step.hosting === hosting)
  );
}

/** Those of a role who can be told: a contact without a channel is a gap, not a contact. */
const reachable = (contacts: readonly LadderContact[], role: string): LadderContact[] =>
  contacts.filter((contact) => contact.role === role && contact.channels.length > 0);

/** When a step is due, by the clock of the incident. */
const stepDueAt = (step: PolicyStep, incident: LadderIncident, speed: number): Date =>
  afterOutageOf(incident, (step.afterMinutes * 60_000) / speed);

/**
 * Who is told when, and why. Computed anew each time from the incident, the policy and the contacts as they are now; only
 * what was done is stored. The first step that is still to come is `next`; one that is overdue stays `next` until it is
 * done, late rather than never.
 */
export function escalationLadder(
  incident: LadderIncident,
  policy: readonly PolicyStep[],
  contacts: readonly LadderContact[],
  taken: readonly StepTaken[],
  { hosting, speed, acknowledged }: Circumstances,
): LadderRow[] {
  let nextFound = false;
  return policy
    .filter((step) => stepApplies(step, incident, hosting) || taken.some((done) => done.stepId === step.id))
    .map((step) => ({ step, due: stepDueAt(step, incident, speed) }))
    .sort((a, b) => a.due.getTime() - b.due.getTime() || a.step.position - b.step.position)
    .map(({ step, due }) => {
      const done = taken.find(({ stepId }) => stepId === step.id);
      const people = reachable(contacts, step.role);
      const state = stateOf();
      return {
        stepId: step.id,
        role: step.role,
        contacts: people.map(({ name, role, channels }) => ({
          name: name || role,
          channels: channels.map(({ kind }) => CHANNEL_WORDS[kind]),
        })),
        afterMinutes: step.afterMinutes,
        reason: step.reason,
        dueAt: due.toISOString(),
        state,
        toldAt: done?.outcome === 'told' ? done.at.toISOString() : null,
      };

      function stateOf(): LadderRow['state'] {
        if (done?.outcome === 'told') return 'told';
        if (incident.over) return done?.outcome === 'gap' ? 'gap' : 'cancelled';
        if (acknowledged && !step.whenAcknowledged) return 'stopped';
        if (people.length === 0) return 'gap';
        if (nextFound) return 'waiting';
        nextFound = true;
        return 'next';
      }
    });
}
