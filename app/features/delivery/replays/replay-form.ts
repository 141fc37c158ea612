import { selectionFromParams, type Parsed, type Selection } from '../dead-letters/selection.ts';
import { storableText } from '../../../lib/storable.ts';
import { parseRowNumber } from '../../../lib/http/row-number.ts';

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

/** Fields of the replay form: the selection, `reason`, `mode`, `rate` (a number or `none`), `skipAnswered` (1 or 0). */
export function parseReplayForm(fields: URLSearchParams, now: Date): Parsed<ReplayForm> {
  const selection = selectionFromParams(fields, now);
  if (!selection.ok) return selection;
  const rate = parseRate(fields.get('rate'));
  if (!rate.ok) return rate;
  return {
    ok: true,
    value: {
      selection: selection.value,
      reason: storableText(fields.get('reason')?.trim() ?? '', 500) || undefined,
      mode: fields.get('mode') === 'careful' ? 'careful' : 'normal',
      ratePerSecond: rate.value,
      skipAnswered:
        { '1': true, '0': false }[fields.get('skipAnswered') ?? ''] ?? leavesOutAnswered(selection.value),
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

/** Number and verb of a replay's address; null when it is none. */
export function parseReplayControl(
  id: string | undefined,
  verb: string | undefined,
): { replayId: number; verb: 'pause' | 'resume' | 'cancel' } | null {
  if (verb !== 'pause' && verb !== 'resume' && verb !== 'cancel') return null;
  const replayId = parseRowNumber(id);
  return replayId === null ? null : { replayId, verb };
}
