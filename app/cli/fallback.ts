import { parseArgs } from 'node:util';
import { listFallbackRuns, readFallbackState } from '../features/fallback/fallback.view.server.ts';
import { planFallback } from '../features/fallback/plan-fallback.server.ts';
import { toggleFallback, type ToggleOutcome } from '../features/fallback/toggle-fallback.server.ts';
import { readRestoreGate } from '../features/gates/restore-gate.view.server.ts';
import type { Services } from '../lib/services.server.ts';
import { fallbackText, toggleText, type FallbackStatus } from './fallback-text.ts';
import { connectRemote, RemoteRefusal, runRemote } from './remote.server.ts';
import { cliActor, fail, runWithServices } from './with-services.server.ts';

const USAGE = `npm run ops:fallback -- on|off|status [--reason TEXT] [--override TEXT] [--inbox N]... [--webhook disabled] [--json] [--url ADDRESS [--token TOKEN]]
Switches fallback mode: people answer by hand, deliveries are held, webhooks are stored as ever.
on and off need a --reason. off is refused (3) while the restore checklist is open, unless --override says why.
With --url of a remote app, whose API token is in OUTAGE_CENTER_TOKEN or given with --token.\n`;

function argumentsOrExit() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        reason: { type: 'string' },
        override: { type: 'string' },
        inbox: { type: 'string', multiple: true, default: [] },
        webhook: { type: 'string', default: 'left' },
        json: { type: 'boolean', default: false },
        url: { type: 'string' },
        token: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help) {
      process.stdout.write(USAGE);
      return process.exit(0);
    }
    const [verb, ...more] = positionals;
    const inboxes = values.inbox.map(Number);
    if (more.length > 0 || (verb !== 'on' && verb !== 'off' && verb !== 'status'))
      throw new Error('Say on, off or status.');
    if (verb !== 'status' && !values.reason?.trim()) throw new Error('Say why with --reason.');
    if (!inboxes.every((id) => Number.isSafeInteger(id) && id > 0))
      throw new Error('--inbox takes a number.');
    if (values.webhook !== 'left' && values.webhook !== 'disabled')
      throw new Error('--webhook takes left or disabled.');
    return { ...values, verb, inboxes, webhook: values.webhook } as const;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}`);
    return process.exit(2);
  }
}

const args = argumentsOrExit();
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
  fail(text, false);
  return outcome.outcome === 'checklist_open' ? 3 : 1;
}

async function readHere(services: Services, now: Date): Promise<FallbackStatus> {
  const [state, runs, gate, { held, skipped }] = await Promise.all([
    readFallbackState(services),
    listFallbackRuns(services, 1),
    readRestoreGate(services, now),
    planFallback(services, { direction: 'off', now }),
  ]);
  const items = gate.items.filter(({ done }) => !done).map(({ title }) => title);
  return {
    ...state,
    run: runs[0] ?? null,
    waiting: { held, skipped },
    checklist: { open: gate.open, items },
  };
}

if (args.url === undefined)
  await runWithServices(async (services) => {
    const now = new Date();
    const status = await readHere(services, now);
    if (verb === 'status') return show(status);
    return tell(
      await toggleFallback(services, {
        to: verb,
        reason: args.reason!,
        options: { inboxes: args.inboxes, webhook: args.webhook },
        overrideReason: args.override,
        restoreGate: status.checklist,
        actor: cliActor(),
        now,
      }),
    );
  });
else {
  const remote = connectRemote(args.url, args.token);
  await runRemote(async () => {
    if (verb === 'status') return show((await remote.get('/api/fallback/toggle')) as FallbackStatus);
    const fields = new URLSearchParams({ to: verb, reason: args.reason!, webhook: args.webhook });
    for (const id of args.inboxes) fields.append('inbox', String(id));
    if (args.override !== undefined) fields.set('override', args.override);
    try {
      return tell((await remote.post('/api/fallback/toggle', fields)) as ToggleOutcome);
    } catch (error) {
      const refused = error instanceof RemoteRefusal ? outcomeOf(error) : null;
      if (refused) return tell(refused);
      throw error;
    }
  });
}

/** What a remote app answers when it did not switch. */
function outcomeOf({ code, body }: RemoteRefusal): ToggleOutcome | null {
  const answer = body as { outcome?: string; items?: string[] } | null;
  if (code === 'checklist_open') return { outcome: 'checklist_open', items: answer?.items ?? [] };
  if (code === 'reason_missing') return { outcome: 'reason_missing' };
  return answer?.outcome === 'not_switched' ? (body as ToggleOutcome) : null;
}
