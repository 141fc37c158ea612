import type { FallbackRun, FallbackState } from '../features/fallback/fallback-view.ts';

/** What the app says of fallback mode, here or elsewhere. */
export interface FallbackStatus extends FallbackState {
  run: FallbackRun | null;
  /** Deliveries that wait now, and messages among them that a person has answered since it is on. */
  waiting: { held: number; skipped: number };
  checklist: { open: boolean; items: string[] };
}

type Outcome =
  | { outcome: 'switched'; state: 'on' | 'off'; held: number; skipped: number }
  | { outcome: 'not_switched'; state: 'on' | 'off'; since: string | Date | null; by: string | null }
  | { outcome: 'reason_missing' }
  | { outcome: 'checklist_open'; items: string[] }
  | { outcome: 'database_away'; sure: boolean };

/** `2026-09-22 05:12 UTC`; a remote app's times come as dates, our own as texts. */
const utc = (at: string | Date) => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

const held = (n: number) => `${n} ${n === 1 ? 'delivery is' : 'deliveries are'} held`;

/** Where fallback mode stands, for a terminal. */
export function fallbackText({ state, since, by, reason, run, waiting, checklist }: FallbackStatus): string {
  const lines = [
    `Fallback mode is ${state.toUpperCase()}${since ? ` since ${utc(since)}, by ${by}` : ''}${reason ? `: ${reason}` : '.'}`,
  ];
  if (state === 'on')
    lines.push(
      `  ${held(waiting.held)}. Answered by a person, and left out when it is switched off: ${waiting.skipped}.`,
    );
  for (const step of run?.steps ?? [])
    lines.push(
      `  ${step.direction.padEnd(3)} ${step.state.padEnd(9)} ${step.title}${step.result ? `: ${step.result}` : ''}`,
    );
  if (run?.drain)
    lines.push(`  Held when it ended: ${run.drain.held}, of these still waiting: ${run.drain.left}`);
  if (run && run.skippedCount > 0)
    lines.push(
      `  Left out, because a person had answered: ${run.skippedCount} (listed on the page "Fallback")`,
    );
  if (state === 'on' && checklist.open)
    lines.push('Open on the restore checklist:', ...checklist.items.map((item) => `  - ${item}`));
  return `${lines.join('\n')}\n`;
}

/** What a switch came to, in one line. */
export function toggleText(outcome: Outcome): string {
  switch (outcome.outcome) {
    case 'switched':
      return outcome.state === 'on'
        ? `Fallback mode is on. ${held(outcome.held)}. Notices and changes in Chatwoot are done by the running app: see "status".`
        : `Fallback mode is off. Waiting deliveries go out in order: ${outcome.held}. Left out because a person had answered: ${outcome.skipped}.`;
    case 'not_switched': {
      const who = outcome.since ? ` since ${utc(outcome.since)}, by ${outcome.by}` : '';
      return `Nothing done: fallback mode is ${outcome.state}${who}.`;
    }
    case 'reason_missing':
      return 'Nothing done: say why with --reason.';
    case 'checklist_open':
      return `Nothing done: the restore checklist is open (${outcome.items.join('; ')}). Finish it on the page, or say with --override why it is switched off all the same.`;
    case 'database_away':
      return outcome.sure
        ? 'Nothing done: the database does not answer. Try again when it does.'
        : 'Not known whether it was done: the database stopped answering at the last moment. See "status" before you try again.';
  }
}
