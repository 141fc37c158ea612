import { durationText } from '../../lib/time-words.ts';
import { countText } from '../../lib/words.ts';

/** Where backups stand. */
export interface BackupState {
  /** The newest one that was made: when it began, how many bytes and rows. */
  done: { at: Date; bytes: number; rows: number; encrypted: boolean } | null;
  /** That the last try failed, and why; null when one was made since. */
  failed: { at: Date; problem: string } | null;
  /** The first one that was tried by the clock; null: none yet. */
  firstAt: Date | null;
}

/** A backup may be late by a quarter of the interval, and by ten minutes at least, ms. */
const LATE_MS = 600_000;

/**
 * Whether backups are made as they should be.
 * @returns what is wrong, as a sentence; null: nothing, or the first one is about to be made
 */
export function backupTrouble(
  { done, failed, firstAt }: BackupState,
  { everyMs, now }: { everyMs: number; now: Date },
): string | null {
  const ago = (at: Date) => durationText(Math.max(0, now.getTime() - at.getTime()));
  const newest = done ? `the newest one is ${ago(done.at)} old` : 'there is none yet';
  if (failed) return `The last backup failed ${ago(failed.at)} ago (${failed.problem}): ${newest}.`;
  const since = done?.at ?? firstAt;
  if (!since || now.getTime() - since.getTime() <= everyMs + Math.max(LATE_MS, everyMs / 4)) return null;
  return `No backup has been made for ${ago(since)}: one is due every ${durationText(everyMs)}.`;
}

/** How backups stand, for the page. */
export function backupWords(
  state: BackupState,
  { schedule, now }: { schedule: { everyMs: number; keep: number } | null; now: Date },
): { tone: 'good' | 'warning' | 'info'; word: string; sentence: string } {
  const { done } = state;
  const newest = done
    ? `The newest was made ${durationText(Math.max(0, now.getTime() - done.at.getTime()))} ago: ${countText(done.rows, 'row')}, ${sizeText(done.bytes)}${done.encrypted ? ', encrypted' : ''}, read again and whole.`
    : 'None has been made yet.';
  if (!schedule)
    return {
      tone: 'info',
      word: 'None scheduled',
      sentence: `${newest} Set BACKUP_DIR to have them made every day.`,
    };
  const trouble = backupTrouble(state, { everyMs: schedule.everyMs, now });
  if (trouble) return { tone: 'warning', word: 'Not made', sentence: trouble };
  return {
    tone: done ? 'good' : 'info',
    word: done ? 'Made' : 'None yet',
    sentence: `${newest} One is made every ${durationText(schedule.everyMs)}; the last ${schedule.keep} are kept.`,
  };
}

const sizeText = (bytes: number) =>
  bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
