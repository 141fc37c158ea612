import { clockWords } from '../../lib/time-words.ts';
import { type Lull, outageText } from '../incidents/outage-clock.ts';
import { type GateItem, type GateMark, STAKEHOLDER_TICKS } from './gate-item.ts';
import type { Impact } from './impact.ts';

export type StakeholderKey = keyof typeof STAKEHOLDER_TICKS;

/** Who of the management a message about the end of the incident was accepted for. */
export interface ToldManagement {
  at: Date;
  roles: readonly string[];
}

/** Roles that the runbook wants told of the resolution. */
const MANAGEMENT = ['Engineering Manager', 'CEO'];

/** The stakeholder steps: ticked by a person, the first also done by messages that were accepted. */
export function stakeholderItems(
  marks: readonly GateMark[],
  told: ToldManagement | null,
): (GateItem & { key: StakeholderKey })[] {
  return (Object.keys(STAKEHOLDER_TICKS) as StakeholderKey[]).map((key) => {
    const item = { key, title: STAKEHOLDER_TICKS[key], how: 'person' as const, durationMs: null };
    const mark = marks.find((one) => one.item === key);
    if (mark?.done)
      return {
        ...item,
        done: true,
        at: mark.at.toISOString(),
        by: mark.by,
        evidence: mark.note ?? 'Ticked.',
      };
    if (key === 'management' && told && MANAGEMENT.every((role) => told.roles.includes(role)))
      return {
        ...item,
        done: true,
        at: told.at.toISOString(),
        by: 'Outage Center',
        evidence: 'Messages to both were accepted.',
      };
    return { ...item, done: false, at: null, by: null, evidence: 'Not done yet.' };
  });
}

export interface DraftFacts {
  id: number;
  title: string;
  severity: string;
  startedAt: Date;
  /** Null while it has not recovered. */
  recoveredAt: Date | null;
  lulls: readonly Lull[];
  impact: Impact;
  /** By a person; null while nobody has written it. */
  rootCause: string | null;
  /** Where customers may write to. */
  supportEmail: string;
  /** Where people reach this app, without a slash at the end; empty when it is not configured. */
  appUrl: string;
}

const count = (n: number, noun: string) => `${n.toLocaleString('en-US')} ${n === 1 ? noun : `${noun}s`}`;
const day = (at: Date) => at.toISOString().slice(0, 10);

/** Texts to copy and send, made from the facts; what is not known is said to be so. */
export function stakeholderDrafts(
  facts: DraftFacts,
): Record<'management' | 'status_page' | 'summary' | 'customers', string> {
  const { id, title, severity, startedAt, recoveredAt, lulls, impact, supportEmail } = facts;
  const from = `${day(startedAt)} ${clockWords(startedAt)}`;
  const span = recoveredAt
    ? `from ${from} to ${day(recoveredAt) === day(startedAt) ? '' : `${day(recoveredAt)} `}${clockWords(recoveredAt)} (${outageText({ startedAt, recoveredAt, lulls }, recoveredAt)})`
    : `since ${from}, not over yet`;
  const cause = facts.rootCause ?? 'still being looked into';
  const affected = `${count(impact.conversations, 'conversation')} affected`;
  const breaches =
    impact.breaches === null
      ? 'answers past the target: not known'
      : `${count(impact.breaches, 'customer')} not answered within the target`;
  const kept = messagesSentence(impact);
  return {
    management: `Incident ${id} (${severity}): ${title}\n\n${recoveredAt ? `It is over: it lasted ${span}.` : `It goes on ${span}.`}\nImpact: ${affected}, ${breaches}. ${kept}\nCause: ${cause}.\nThe incident report follows within 24 hours of the recovery.`,
    status_page: recoveredAt
      ? `Resolved: our customer support was disrupted ${span}. It works normally again.${whole(impact) ? ' Messages sent in that time have reached us.' : ''}`
      : `Investigating: our customer support has been disrupted since ${from}. You can reach us at ${supportEmail}.`,
    summary: `Incident ${id}, ${severity}: ${title}\nTime: ${span}\nCause: ${cause}\nImpact: ${affected}; ${breaches}\nMessages: ${kept}\nNext: incident report and preventive actions at ${facts.appUrl}/incidents/${id}/report`,
    customers: `Hello,\n\non ${day(startedAt)} our customer support had technical problems, and an answer to you may have come later than usual. We are sorry for that.\n\n${toCustomers(facts)} at ${supportEmail}.`,
  };
}

/** Nothing of that time is missing, left undelivered or thrown away, and somebody looked. */
const whole = ({ compared, undelivered, discarded }: Impact) =>
  compared && undelivered === 0 && discarded === 0;

function messagesSentence(impact: Impact): string {
  const { reconciled, undelivered, discarded, compared } = impact;
  const fetched =
    reconciled > 0 &&
    `${count(reconciled, 'message')} that had not arrived ${reconciled === 1 ? 'was' : 'were'} fetched afterwards.`;
  const parts = [
    whole(impact) && 'No message was lost.',
    fetched,
    undelivered > 0 &&
      `${count(undelivered, 'webhook')} of that time ${undelivered === 1 ? 'has' : 'have'} not reached the Agent service yet; nothing of it is lost.`,
    discarded > 0 &&
      `${count(discarded, 'webhook')} of that time ${discarded === 1 ? 'was' : 'were'} discarded by a person.`,
    !compared && 'It has not been compared with Chatwoot yet whether messages failed to arrive.',
  ];
  return parts.filter((part) => part !== false).join(' ');
}

function toCustomers({ recoveredAt, impact }: DraftFacts): string {
  if (!recoveredAt) return 'We are working on it. Until then you can write to us';
  const reached = whole(impact)
    ? 'Everything works again, and your message has reached us.'
    : 'Everything works again.';
  return `${reached} If you still wait for an answer, please write to us once more`;
}
