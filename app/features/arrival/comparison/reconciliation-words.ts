import type { ReconciliationView, WithheldReason, WithheldView } from './reconciliation-view.ts';

/** `05:02`, or with the day when it is not that of `beside`. */
function clock(iso: string, beside: string | null = null): string {
  const text = new Date(iso).toISOString();
  return beside !== null && text.slice(0, 10) === new Date(beside).toISOString().slice(0, 10)
    ? text.slice(11, 16)
    : text.slice(0, 16).replace('T', ' ');
}

const messages = (n: number) => `${n.toLocaleString('en-US')} ${n === 1 ? 'message' : 'messages'}`;

/** "14 messages never reached us between 05:02 and 05:31 UTC; all 14 recovered." Or that none is missing; or that it is not known. */
export function missingText(view: ReconciliationView): string {
  const { lost, firstAt, lastAt, complete } = view;
  if (lost > 0 && firstAt && lastAt) {
    const [from, to] = [clock(firstAt), clock(lastAt, firstAt)];
    const when = from === clock(lastAt) ? `at ${from} UTC` : `between ${from} and ${to} UTC`;
    return `${messages(lost)} never reached us ${when}; ${lost === 1 ? 'it is recovered' : `all ${lost.toLocaleString('en-US')} recovered`}.`;
  }
  if (complete) return 'Every message that Chatwoot has reached us.';
  return 'Not known yet whether every message reached us.';
}

/** For which time the page speaks: an incident's page for its own, others for all of it. */
export function periodText({ from, to }: ReconciliationView): string {
  if (from === null) return 'This is about all the time since the first webhook, every incident included.';
  return to === null
    ? `This is about the time since ${clock(from)} UTC: this incident, which is not over, and the 5 min before it.`
    : `This is about ${clock(from)} to ${clock(to, from)} UTC: this incident and the 5 min before it.`;
}

/** What became of those that were recovered; null when there are none. */
export function recoveredText(view: ReconciliationView): string | null {
  const { delivered, waiting, withheld, undelivered, late } = view;
  const parts = [
    delivered > 0 && `${delivered} delivered to the Agent service`,
    waiting > 0 && `${waiting} on the way or held`,
    withheld > 0 && `${withheld} not sent yet, because ${withheld === 1 ? 'it is' : 'they are'} no news`,
    undelivered > 0 && `${undelivered} among the dead letters or discarded`,
  ].filter((part) => part !== false);
  if (parts.length === 0) return null;
  const lateText =
    late > 0 ? ` The webhooks of ${messages(late)} came late after all and were not delivered again.` : '';
  return `Of the recovered: ${parts.join(', ')}.${lateText}`;
}

/** What could not be compared although the rest was; null when nothing is left out. */
export function uncomparedText({ uncompared }: ReconciliationView): string | null {
  if (uncompared.length === 0) return null;
  const talks = uncompared.flatMap(({ conversation }) => conversation ?? []);
  const pages = uncompared.find(({ conversation }) => conversation === null);
  const parts = [
    talks.length > 0 &&
      `${talks.length === 1 ? 'conversation' : 'conversations'} ${talks.slice(0, 10).join(', ')}${talks.length > 10 ? ` and ${talks.length - 10} more` : ''}`,
    pages && pages.detail,
  ].filter((part) => typeof part === 'string');
  const why = uncompared.find(({ conversation }) => conversation !== null)?.detail;
  return `Not compared since ${clock(uncompared[0]!.since)} UTC: ${parts.join('; ')}${why ? ` (${why})` : ''}. Each comparison tries again.`;
}

/** How far Chatwoot was compared, and what is in the way of more. */
export function comparedText(view: ReconciliationView): string {
  const { state, through, detail, progress, last } = view;
  const since = through ? `since ${clock(through)} UTC` : 'ever';
  switch (state) {
    case 'not_connected':
      return 'Chatwoot is not connected, so nothing can be compared.';
    case 'nothing_received':
      return 'No webhook has come yet, and Chatwoot was never connected (npm run ops:connect-chatwoot), so there is nothing to compare.';
    case 'not_yet':
      return 'The first comparison is still to come.';
    case 'failing':
      return `Not compared ${since}: ${detail ?? 'Chatwoot does not answer'}. It will be tried again automatically.`;
    case 'paused':
      return `Not compared ${since}: paused by ${detail ?? 'somebody'}. It goes on when somebody resumes it, or by itself after an hour.`;
    case 'running':
      return progress?.of
        ? `Comparing now: ${progress.checked} of ${progress.of} conversations.`
        : 'Comparing now: asking Chatwoot for its conversations.';
    case 'compared':
      return `Compared up to ${clock(through!)} UTC: ${messages(last?.messages ?? 0)} in ${last?.conversations ?? 0} ${last?.conversations === 1 ? 'conversation' : 'conversations'} the last time.`;
  }
}

/** Why a message that was fetched was not sent, as people read it. */
export const WITHHELD_WORDS: Record<WithheldReason, string> = {
  deleted: 'deleted in Chatwoot',
  imported: 'put into Chatwoot later, with an older time',
  resolved: 'of a resolved conversation',
  answered: 'answered by a person since',
  old: 'older than a day',
  many: 'found with more than 100 at once',
  counting: 'still being counted',
};

const REASONS = Object.keys(WITHHELD_WORDS) as WithheldReason[];

/** How many wait for a decision. */
export const withheldCount = ({ counts }: Pick<WithheldView, 'counts'>): number =>
  REASONS.reduce((sum, reason) => sum + (counts[reason] ?? 0), 0);

/** How many of them have to be asked about: they would be news, but are old or very many. */
export const askedCount = ({ counts }: Pick<WithheldView, 'counts'>): number =>
  (counts.old ?? 0) + (counts.many ?? 0);

/** "12 messages are recorded and not sent: 3 answered by a person since, 9 older than a day."; null when none is. */
export function withheldText(view: Pick<WithheldView, 'counts'>): string | null {
  const n = withheldCount(view);
  if (n === 0) return null;
  const parts = REASONS.flatMap((reason) =>
    view.counts[reason] ? [`${view.counts[reason].toLocaleString('en-US')} ${WITHHELD_WORDS[reason]}`] : [],
  );
  return `${messages(n)} ${n === 1 ? 'is' : 'are'} recorded and not sent: ${parts.join(', ')}.`;
}
