import { oneLine } from '../../lib/visible.ts';
import type { Message, MessageKind, Outgoing } from './message.ts';

/** What has happened, as one word or two. */
const KIND_WORDS: Record<MessageKind, string> = {
  opened: 'opened',
  raised: 'raised',
  escalated: 'escalated',
  acknowledged: 'acknowledged',
  recovered: 'recovered',
  resolved: 'resolved',
  reopened: 'reopened',
  warning: 'warning',
  warning_cleared: 'warning cleared',
  fallback_on: 'fallback mode on',
  fallback_off: 'fallback mode off',
  report_due: 'report due',
  public_update: 'update for customers',
  update_due: 'update for customers due',
  subscription: 'subscription',
  test: 'test message',
};

/** "05:12:07 UTC, 2026-11-23". */
export function utcText(at: string): string {
  const iso = new Date(at).toISOString();
  return `${iso.slice(11, 19)} UTC, ${iso.slice(0, 10)}`;
}

/**
 * What happened, in a sentence or two. Every text of a message goes out as one line, whatever the channel: letters and emoji as
 * people write them, what acts instead of showing spelled out.
 */
export const sentenceOf = ({ message }: Pick<Outgoing, 'message'>): string => oneLine(message.sentence);

const inDrill = (drill: boolean, text: string) => (drill ? `DRILL: ${text}` : text);

/** "DRILL: [P0] Incident 12 opened: Chatwoot does not answer". */
export function headline(outgoing: Pick<Outgoing, 'incidentId' | 'message' | 'drill'>): string {
  const { incidentId, message, drill } = outgoing;
  const what = KIND_WORDS[message.kind];
  const level = /^P\d$/.test(message.severity) ? `[${message.severity}] ` : '';
  const subject =
    incidentId === null ? `${what[0]!.toUpperCase()}${what.slice(1)}` : `Incident ${incidentId} ${what}`;
  return inDrill(drill, `${level}${subject}: ${oneLine(message.title)}`);
}

const MARKS: Record<Message['severity'], string> = {
  P0: '🔴',
  P1: '🟠',
  P2: '🟡',
  warning: '⚠️',
  info: 'ℹ️',
};
const GOOD: ReadonlySet<MessageKind> = new Set<MessageKind>(['resolved', 'recovered', 'warning_cleared']);

/** The headline with a mark that is seen in a list of chats; DRILL stays the first word. */
export function markedHeadline(outgoing: Parameters<typeof headline>[0]): string {
  const { kind, severity } = outgoing.message;
  const mark = GOOD.has(kind) ? '🟢' : MARKS[severity];
  const title = headline(outgoing);
  return title.startsWith('DRILL: ') ? title.replace('DRILL: ', `DRILL: ${mark} `) : `${mark} ${title}`;
}

/** What a chat shows first, and in its notices. */
export const chatText = (outgoing: Parameters<typeof headline>[0]): string =>
  `${markedHeadline(outgoing)}. ${sentenceOf(outgoing)}`;

/** The same for every message of a thread. */
export function threadSubject({ incidentId, threadTitle, drill }: Outgoing): string {
  const name = incidentId === null ? '' : `Incident ${incidentId}: `;
  return inDrill(drill, `${name}${oneLine(threadTitle)}`);
}

/** Where to look: an absolute address if the app knows its own, else what to open in it. */
export function linkOf({ message, appUrl, acknowledge }: Outgoing): { url: string | null; words: string } {
  if (!appUrl)
    return {
      url: null,
      words: `Open ${message.link} in Outage Center (no link: APP_URL is not set).`,
    };
  const words =
    message.asks && !acknowledge ? 'Open in Outage Center to acknowledge' : 'Open in Outage Center';
  return { url: `${appUrl.replace(/\/$/, '')}${message.link}`, words };
}

/** What the link that acknowledges is called, and what is said with it. */
export const ACKNOWLEDGE = {
  words: 'Acknowledge',
  hint: 'As you, without signing in; once, within 24 hours. Do not pass it on.',
};

/** Parts of a message that open something, and that no answer to it may bring into a log. */
export const secretsIn = ({ acknowledge }: Pick<Outgoing, 'acknowledge'>): string[] =>
  acknowledge ? [acknowledge, acknowledge.slice(acknowledge.lastIndexOf('/') + 1)] : [];

/** Facts of the message, and why it came this way. */
export function factsOf({ message, insteadOf }: Outgoing): { label: string; value: string }[] {
  const why = insteadOf === null ? [] : [{ label: 'Why this way', value: `${insteadOf} has not taken it.` }];
  return [...message.facts, ...why].map(({ label, value }) => ({
    label: oneLine(label),
    value: oneLine(value),
  }));
}

/** One line for each update that is carried along. */
export function earlierLines(earlier: Message[]): string[] {
  return earlier.map(({ at, kind, sentence }) => `${utcText(at)}: ${KIND_WORDS[kind]}. ${oneLine(sentence)}`);
}
