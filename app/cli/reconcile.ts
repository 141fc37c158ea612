import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { parseSince } from '../features/backlog/reconcile/parse-since.ts';
import { readReconciliation } from '../features/backlog/reconcile/read-reconciliation.view.server.ts';
import type { ReconciliationView } from '../features/backlog/reconcile/reconciliation-view.ts';
import {
  comparedText,
  missingText,
  recoveredText,
} from '../features/backlog/reconcile/reconciliation-words.ts';
import {
  requestReconciliation,
  type RequestOutcome,
} from '../features/backlog/reconcile/start-reconciliation.server.ts';
import { tickReconciliation } from '../features/backlog/reconcile/tick-reconciliation.server.ts';
import { connectRemote, RemoteRefusal, runRemote } from './remote.server.ts';
import { cliActor, fail, runWithServices } from './with-services.server.ts';

const USAGE = `npm run ops:reconcile -- [--since 30m|2h|3d|TIME] [--status] [--json] [--url ADDRESS [--token TOKEN]]
Compares Chatwoot's conversations with what arrived, and recovers messages that never did; --status only says what is known.
Without --since it begins where the last comparison ended. Ends with 1 when Chatwoot cannot be asked.
With --url of a remote app, whose API token is in OUTAGE_CENTER_TOKEN or given with --token.\n`;

/** Between two looks at a comparison that another process does, ms. */
const LOOK_MS = 300;

function argumentsOrExit() {
  try {
    const { values } = parseArgs({
      options: {
        since: { type: 'string' },
        status: { type: 'boolean', default: false },
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
    const since = values.since === undefined ? null : parseSince(values.since, new Date());
    if (values.since !== undefined && !since)
      throw new Error(
        `--since takes 30m, 2h, 3d or a time such as 2026-11-23T05:00Z in the past, not "${values.since}".`,
      );
    return { ...values, since };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}`);
    return process.exit(2);
  }
}

const args = argumentsOrExit();

function show(view: ReconciliationView): number {
  const lines = [missingText(view), recoveredText(view), comparedText(view)].filter((line) => line !== null);
  process.stdout.write(args.json ? `${JSON.stringify(view)}\n` : `${lines.join('\n')}\n`);
  return ['failing', 'not_connected'].includes(view.state) ? 1 : 0;
}

const REFUSALS = {
  nothing_received: 'Nothing to compare: no webhook has come from Chatwoot yet.',
  not_connected: 'Chatwoot is not connected: set CHATWOOT_BASE_URL and what belongs to it.',
};

/** One that runs already is waited for: it may be the one that was wanted. */
function refusalOf({ outcome }: RequestOutcome): string | null {
  return outcome === 'nothing_received' || outcome === 'not_connected' ? REFUSALS[outcome] : null;
}

if (args.url === undefined)
  await runWithServices(async (services) => {
    const read = () => readReconciliation(services, { now: new Date() });
    if (args.status) return show(await read());
    const outcome = await requestReconciliation(services, {
      since: args.since,
      actor: cliActor(),
      now: new Date(),
    });
    const refusal = refusalOf(outcome);
    if (refusal) return fail(refusal, false);
    // The running app may have taken it; otherwise it is done here.
    for (let view = await read(); ; view = await read()) {
      if (view.state !== 'running') return show(view);
      if (!(await tickReconciliation(services, () => new Date()))) await delay(LOOK_MS);
    }
  });
else {
  const remote = connectRemote(args.url, args.token);
  await runRemote(async () => {
    const read = async () =>
      JSON.parse(JSON.stringify(await remote.get('/api/reconcile'))) as ReconciliationView;
    if (args.status) return show(await read());
    const fields = new URLSearchParams(args.since ? { since: args.since.toISOString() } : {});
    try {
      await remote.post('/api/reconcile', fields);
    } catch (error) {
      const known = error instanceof RemoteRefusal ? refusedOutcome(error) : null;
      if (known === null) throw error;
      const refusal = refusalOf(known);
      if (refusal) return fail(refusal, false);
    }
    for (let view = await read(); ; view = await read()) {
      if (view.state !== 'running') return show(view);
      await delay(LOOK_MS);
    }
  });
}

function refusedOutcome({ body }: RemoteRefusal): RequestOutcome | null {
  const { outcome } = (body ?? {}) as { outcome?: unknown };
  return typeof outcome === 'string' ? (body as RequestOutcome) : null;
}
