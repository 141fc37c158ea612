import { z } from 'zod';
import {
  selectionFields,
  selectionFromParams,
  type Parsed,
  type Selection,
} from '../dead-letters/selection.ts';
import { storableText } from '../../../lib/storable.ts';
import { parseRowNumber, readFields } from '../../../lib/http/form-fields.ts';

export interface ReplayForm {
  selection: Selection;
  reason: string | undefined;
  mode: 'normal' | 'careful';
  /** undefined: the default; null: no limit. */
  ratePerSecond: number | null | undefined;
  skipAnswered: boolean;
}

/** Fastest rate that can be asked for, entries a second. */
const MAX_RATE = 10_000;

/**
 * Whether a replay leaves out what a person has answered since: yes, as switching fallback mode off does, unless somebody
 * says otherwise or picked just this one.
 */
export const leavesOutAnswered = (selection: Selection): boolean =>
  !('ids' in selection && selection.ids.length === 1);

const reason = z.string().optional().describe('Why, for the audit log.');

/** Fields of the replay form. */
export const replayFields = selectionFields.extend({
  reason,
  mode: z
    .enum(['normal', 'careful'])
    .optional()
    .describe('careful: 5 go first, the rest only if they are taken. Otherwise normal.'),
  rate: z
    .string()
    .optional()
    .describe(`Entries a second, above 0 and up to ${MAX_RATE}, or none for no limit. Otherwise 50.`),
  skipAnswered: z
    .enum(['0', '1'])
    .optional()
    .describe(
      'Whether what a person has answered since is left out. Otherwise it is, unless one entry alone was named.',
    ),
});

/** Fields of what changes a replay. */
export const replayControlFields = z.object({ reason });

/** Reads the replay form. */
export function parseReplayForm(fields: URLSearchParams, now: Date): Parsed<ReplayForm> {
  const selection = selectionFromParams(fields, now);
  if (!selection.ok) return selection;
  const sent = readFields(replayFields, fields);
  if (!sent.ok) return { ok: false, problem: sent.problem };
  const { reason: why = '', mode = 'normal', skipAnswered } = sent.value;
  const rate = parseRate(sent.value.rate);
  if (!rate.ok) return rate;
  return {
    ok: true,
    value: {
      selection: selection.value,
      reason: storableText(why.trim(), 500) || undefined,
      mode,
      ratePerSecond: rate.value,
      skipAnswered: skipAnswered === undefined ? leavesOutAnswered(selection.value) : skipAnswered === '1',
    },
  };
}

/** @param text entries a second, `none` for no limit, nothing for the default */
export function parseRate(text: string | null | undefined): Parsed<number | null | undefined> {
  const trimmed = text?.trim();
  if (!trimmed) return { ok: true, value: undefined };
  if (trimmed === 'none') return { ok: true, value: null };
  const rate = Number(trimmed);
  if (rate > 0 && rate <= MAX_RATE) return { ok: true, value: rate };
  return {
    ok: false,
    problem: `The rate is entries a second: a number above 0 and up to ${MAX_RATE}, or none.`,
  };
}

export const REPLAY_VERBS = ['pause', 'resume', 'cancel'] as const;

/** Number and verb of a replay's address; null when it is none. */
export function parseReplayControl(
  id: string | undefined,
  verb: string | undefined,
): { replayId: number; verb: (typeof REPLAY_VERBS)[number] } | null {
  const replayId = parseRowNumber(id);
  const known = REPLAY_VERBS.find((one) => one === verb);
  return replayId !== null && known ? { replayId, verb: known } : null;
}

/** What a replay would do if it began now. */
export interface ReplayPlan {
  /** Entries that would be replayed if it began now: open and in no other replay. */
  count: number;
  /** Entries of the selection that another replay has already. */
  inOtherReplay: number;
  conversations: number;
  /** Of `count`: what happened in the conversation since. An entry can be several of these; `any` counts it once. */
  stale: { answered: number; resolved: number; newerDelivered: number; any: number };
  /** Entries that the rule "skip when a person has answered since" would leave out. */
  wouldSkip: number;
  ratePerSecond: number | null;
  /** What the Agent service has refused for good in the last 10 minutes, while it still does; 0: it takes what it is sent, or nothing was. */
  rejectedLately: number;
  /** At the rate, if the Agent service keeps up; null without a rate: nothing measured tells. */
  estimatedSeconds: number | null;
  /** The oldest entries. */
  sample: {
    id: number;
    event: string;
    conversation: string | null;
    cause: string | null;
    receivedAt: Date;
    answeredSince: boolean;
  }[];
  /** The conversations with most entries. */
  largestConversations: { conversation: string; count: number }[];
}
