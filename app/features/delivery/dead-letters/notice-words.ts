import { countText, numberText } from '../../../lib/words.ts';
import { noticeNumber, type NoticeText } from '../../../lib/notice.ts';

/**
 * What an action tells the page it returns to. In the URL it is a code and numbers.
 */
export type Notice =
  | { code: 'replay_started'; n: number; replay: number }
  | { code: 'already_replayed'; n: number }
  | { code: 'entries_discarded'; n: number }
  | { code: 'nothing_to_replay' }
  | { code: 'still_rejects'; n: number }
  | { code: 'replay_not_resumed'; n: number; replay: number }
  | { code: 'discarded'; n: number; inReplay?: number }
  | { code: 'discard_in_replay'; replay: number }
  | { code: 'nothing_to_discard' }
  | { code: 'restored'; n: number }
  | { code: 'not_discarded' }
  | { code: 'paused' | 'resumed'; replay: number }
  | { code: 'cancelled'; n: number; replay: number }
  | { code: 'replay_not_changed'; replay: number }
  | { code: 'replay_not_found' }
  | { code: 'not_found' }
  | { code: 'check_due' }
  | { code: 'proof_started' }
  | { code: 'proof_not_connected' }
  | { code: 'reason_missing' }
  | { code: 'not_understood' };

const entries = (n: number) => (n === 1 ? '1 dead letter' : `${n.toLocaleString('en')} dead letters`);

const TEXTS: Record<Notice['code'], (n: number, replay: number, inReplay: number) => NoticeText> = {
  replay_started: (n, replay) => ({
    tone: 'success',
    text: `Replay ${replay} started: ${entries(n)}, oldest first.`,
  }),
  already_replayed: () => ({
    tone: 'info',
    text: 'Already replayed: nothing was sent twice.',
  }),
  entries_discarded: () => ({
    tone: 'warning',
    text: 'Already discarded: restore it first, then replay it.',
  }),
  nothing_to_replay: () => ({ tone: 'info', text: 'No open dead letter matches: nothing to replay.' }),
  still_rejects: (n) => ({
    tone: 'warning',
    text: `Nothing was sent: the Agent service still rejects messages, ${n.toLocaleString('en')} in the last 10 min. Repair it first, or replay carefully: 5 go first, the rest only if they are taken.`,
  }),
  replay_not_resumed: (n, replay) => ({
    tone: 'warning',
    text: `Replay ${replay} stays paused: the Agent service still rejects messages, ${n.toLocaleString('en')} in the last 10 min. Repair it first. To find out whether it is repaired, cancel this replay and start a careful one.`,
  }),
  discarded: (n, _replay, inReplay) => ({
    tone: 'success',
    text: `Discarded ${entries(n)}. They are kept in the list and can be restored.${inReplay > 0 ? ` ${entries(inReplay)} in a running replay left alone.` : ''}`,
  }),
  discard_in_replay: (_n, replay) => ({
    tone: 'warning',
    text: `Not discarded: replay ${replay} is about to send it. Pause or cancel the replay first.`,
  }),
  nothing_to_discard: () => ({ tone: 'info', text: 'No open dead letter matches: nothing was discarded.' }),
  restored: (n) => ({
    tone: 'success',
    text: `Restored: ${entries(n)} ${n === 1 ? 'is' : 'are'} open again.`,
  }),
  not_discarded: () => ({
    tone: 'info',
    text: 'Not restored: it is not among the discarded ones, or its message was removed after the retention time.',
  }),
  paused: (_n, replay) => ({ tone: 'success', text: `Replay ${replay} is paused.` }),
  resumed: (_n, replay) => ({ tone: 'success', text: `Replay ${replay} is running again.` }),
  cancelled: (n, replay) => ({
    tone: 'success',
    text: `Replay ${replay} is cancelled. ${entries(n)} ${n === 1 ? 'was' : 'were'} not sent and ${n === 1 ? 'is' : 'are'} open again.`,
  }),
  replay_not_changed: (_n, replay) => ({
    tone: 'info',
    text: `Replay ${replay} was changed meanwhile: see its state below.`,
  }),
  replay_not_found: () => ({ tone: 'warning', text: 'There is no replay with that number.' }),
  not_found: () => ({ tone: 'warning', text: 'There is no dead letter with that number.' }),
  proof_started: () => ({
    tone: 'info',
    text: 'A test message is on its way through Chatwoot: this page says within 30 s whether it arrived.',
  }),
  proof_not_connected: () => ({ tone: 'warning', text: 'Nothing was sent: Chatwoot is not connected.' }),
  check_due: () => ({ tone: 'info', text: 'Checking now: what it finds shows here in a few seconds.' }),
  reason_missing: () => ({ tone: 'warning', text: 'Not discarded: a reason is needed.' }),
  not_understood: () => ({ tone: 'warning', text: 'Not done: the form was not understood.' }),
};

/** The sentence of the notice in a page's query; null when there is none, or none of ours. */
export function noticeText(params: URLSearchParams): NoticeText | null {
  const code = params.get('notice') ?? '';
  if (!Object.hasOwn(TEXTS, code)) return null;
  const [n, replay, inReplay] = (['n', 'replay', 'inReplay'] as const).map((name) =>
    noticeNumber(params, name),
  );
  return TEXTS[code as Notice['code']](n!, replay!, inReplay!);
}

/**
 * What the button of a replay says: "Replay 12 messages", "Replay 188, leave out 862 that were answered since".
 * @param sent without those left out
 */
export function replayLabel(sent: number, leftOut: number, noun: string): string {
  if (leftOut === 0) return `Replay ${countText(sent, noun)}`;
  const were = leftOut === 1 ? 'was' : 'were';
  return `Replay ${numberText(sent)}, leave out ${numberText(leftOut)} that ${were} answered since`;
}
