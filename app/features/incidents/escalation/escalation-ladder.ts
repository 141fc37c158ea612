import { CHANNEL_WORDS } from '../../notify/channel.ts';
import type { Channel, ContactKind } from '../../notify/message.ts';
import type { Severity } from '../../../lib/severity.ts';
import type { LadderRow } from '../incident-view.ts';
import { onCallAt, type Override, type Rotation } from '../on-call/on-call.ts';
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

/** What was done about a step, and who was told, over which channels. */
export interface StepTaken {
  stepId: number;
  at: Date;
  outcome: 'told' | 'gap' | 'acknowledged';
  contacts: readonly { name: string; channel: Channel; fallbacks: readonly Channel[] }[];
}

/** Who is on call for a role. */
export interface RoleRotation extends Rotation {
  role: string;
  overrides: readonly Override[];
}

interface Circumstances {
  hosting: 'self_hosted' | 'saas';
  /** Of the drill, else 1: its minutes are that much shorter. */
  speed: number;
  acknowledged: boolean;
  rotations: readonly RoleRotation[];
  now: Date;
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

/** Whom a role stands for at a moment. */
export interface RoleHolders {
  people: LadderContact[];
  /** They are who is on call; `gap` says why it is everybody with the role although there is a rotation. */
  onCall: { gap: string | null } | null;
}

/**
 * Who of a role can be told at a moment: who is on call then, else everybody with the role. A contact without a channel is a
 * gap, not a contact.
 */
export function holdersOf(
  role: string,
  contacts: readonly LadderContact[],
  rotations: readonly RoleRotation[],
  at: Date,
): RoleHolders {
  const rotation = rotations.find((one) => one.role === role);
  const onCall = rotation && onCallAt(rotation, rotation.overrides, at);
  const contact = onCall && contacts.find(({ id }) => id === onCall.contactId);
  if (contact && contact.channels.length > 0) return { people: [contact], onCall: { gap: null } };
  const people = contacts.filter((one) => one.role === role && one.channels.length > 0);
  if (!rotation) return { people, onCall: null };
  const who = contact ? `${contact.name || contact.role} is on call and cannot be reached` : null;
  const why = who ?? (onCall ? 'Who is on call is no contact any more' : 'Nobody is on call');
  return { people, onCall: { gap: `${why}: everybody with this role is told.` } };
}

/** When a step is due, by the clock of the incident. */
const stepDueAt = (step: PolicyStep, incident: LadderIncident, speed: number): Date =>
  afterOutageOf(incident, (step.afterMinutes * 60_000) / speed);

/**
 * Who is told when, and why. Computed anew each time from the incident, the policy, the contacts and who is on call when a step
 * is due; only what was done is stored. The first step that is still to come is `next`; one that is overdue stays `next` until it is
 * done, late rather than never.
 */
export function escalationLadder(
  incident: LadderIncident,
  policy: readonly PolicyStep[],
  contacts: readonly LadderContact[],
  taken: readonly StepTaken[],
  { hosting, speed, acknowledged, rotations, now }: Circumstances,
): LadderRow[] {
  let nextFound = false;
  return policy
    .filter((step) => stepApplies(step, incident, hosting) || taken.some((done) => done.stepId === step.id))
    .map((step) => ({ step, due: stepDueAt(step, incident, speed) }))
    .sort((a, b) => a.due.getTime() - b.due.getTime() || a.step.position - b.step.position)
    .map(({ step, due }) => {
      const done = taken.find(({ stepId }) => stepId === step.id);
      const at = new Date(Math.max(due.getTime(), now.getTime()));
      const { people, onCall } = holdersOf(step.role, contacts, rotations, at);
      const state = stateOf();
      const told = state === 'told' ? done!.contacts : null;
      return {
        stepId: step.id,
        role: step.role,
        // Who was told stays so, whoever has the role since.
        contacts:
          told?.map(({ name, channel, fallbacks }) => ({
            name,
            channels: [channel, ...fallbacks].map(({ kind }) => CHANNEL_WORDS[kind]),
          })) ??
          people.map(({ name, role, channels }) => ({
            name: name || role,
            channels: channels.map(({ kind }) => CHANNEL_WORDS[kind]),
          })),
        onCall: told ? null : onCall,
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
