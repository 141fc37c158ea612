import { optionsFromParams } from '../features/fallback/fallback-form.ts';
import type { FallbackRun, FallbackState } from '../features/fallback/fallback-view.ts';
import { planFallback } from '../features/fallback/plan-fallback.server.ts';
import { listFallbackRuns, readFallbackState } from '../features/fallback/read-fallback.server.ts';
import { toggleFallback, type ToggleOutcome } from '../features/fallback/toggle-fallback.server.ts';
import {
  judgeRestoreIn,
  openItems,
  readRestoreGate,
} from '../features/recovery/restore/read-restore-gate.server.ts';
import type { Services } from '../lib/services.server.ts';
import { argumentsOrExit, JSON_OPTION, remoteOptions, WrongUsage } from './command-line.ts';
import { cliActor, fail, RemoteRefusal, runHereOrRemote } from './with-services.server.ts';

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

const COMMAND = {
  name: 'ops:fallback',
  takes: 'on|off|status',
  does: 'Switches fallback mode: people answer by hand, deliveries are held, webhooks are stored as ever.',
  options: {
    reason: { type: 'string', value: 'TEXT', help: 'why; on and off need it' },
    override: {
      type: 'string',
      value: 'TEXT',
      help: 'why it is switched off all the same while the restore checklist is open',
    },
    inbox: {
      type: 'string',
      multiple: true,
      value: 'N',
      help: "switches this inbox's out-of-office message in Chatwoot, too",
    },
    webhook: {
      type: 'string',
      value: 'STATE',
      help: "disabled: switches Chatwoot's webhook off; left unless told",
    },
    json: JSON_OPTION,
    ...remoteOptions('page.read and fallback.toggle'),
  },
  ends: ['when it is as was asked', 'when nothing was done, e.g. because the restore checklist is open'],
} as const;

const args = argumentsOrExit(COMMAND, (values, [verb, ...more]) => {
  if (more.length > 0 || (verb !== 'on' && verb !== 'off' && verb !== 'status'))
    throw new WrongUsage('Say on, off or status.');
  if (verb !== 'status' && !values.reason?.trim()) throw new WrongUsage('Say why with --reason TEXT.');
  const wishes = new URLSearchParams({ webhook: values.webhook ?? 'left' });
  for (const id of values.inbox ?? []) wishes.append('inbox', id);
  const options = optionsFromParams(wishes);
  if (!options)
    throw new WrongUsage('--inbox takes the number of an inbox, and --webhook takes left or disabled.');
  return { ...values, verb, options } as const;
});
const { verb, json } = args;

function show(status: FallbackStatus): number {
  process.stdout.write(json ? `${JSON.stringify(status)}\n` : fallbackText(status));
  return 0;
}

function tell(outcome: ToggleOutcome): number {
  if (json) process.stdout.write(`${JSON.stringify(outcome)}\n`);
  const text = toggleText(outcome);
  if (outcome.outcome === 'switched' || (outcome.outcome === 'not_switched' && outcome.state === verb)) {
    if (!json) process.stdout.write(`${text}\n`);
    return 0;
  }
  return fail(text, false);
}

async function readHere(services: Services, now: Date): Promise<FallbackStatus> {
  const [state, runs, gate, { held, skipped }] = await Promise.all([
    readFallbackState(services),
    listFallbackRuns(services, 1),
    readRestoreGate(services, now),
    planFallback(services, { direction: 'off', now }),
  ]);
  return {
    ...state,
    run: runs[0] ?? null,
    waiting: { held, skipped },
    checklist: { open: gate.open, items: openItems(gate.items) },
  };
}

await runHereOrRemote(args, {
  async here(services) {
    const now = services.db.clock.now();
    if (verb === 'status') return show(await readHere(services, now));
    return tell(
      await toggleFallback(services, {
        to: verb,
        reason: args.reason!,
        options: args.options,
        overrideReason: args.override,
        restoreGate: judgeRestoreIn,
        actor: cliActor(),
        now,
      }),
    );
  },
  async remote(remote) {
    if (verb === 'status') return show((await remote.get('/api/fallback/toggle')) as FallbackStatus);
    const fields = new URLSearchParams({ to: verb, reason: args.reason!, webhook: args.options.webhook });
    for (const id of args.options.inboxes) fields.append('inbox', String(id));
    if (args.override !== undefined) fields.set('override', args.override);
    try {
      return tell((await remote.post('/api/fallback/toggle', fields)) as ToggleOutcome);
    } catch (error) {
      const refused = error instanceof RemoteRefusal ? outcomeOf(error) : null;
      if (refused) return tell(refused);
      throw error;
    }
  },
});

/** What a remote app answers when it did not switch. */
function outcomeOf({ code, body }: RemoteRefusal): ToggleOutcome | null {
  const answer = body as { outcome?: string; items?: string[] } | null;
  if (code === 'checklist_open') return { outcome: 'checklist_open', items: answer?.items ?? [] };
  if (code === 'reason_missing') return { outcome: 'reason_missing' };
  return answer?.outcome === 'not_switched' ? (body as ToggleOutcome) : null;
}
