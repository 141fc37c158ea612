import { setTimeout as delay } from 'node:timers/promises';
import { parseSince } from '../features/arrival/comparison/parse-since.ts';
import { readReconciliation } from '../features/arrival/comparison/read-reconciliation.view.server.ts';
import type { ReconciliationView } from '../features/arrival/comparison/reconciliation-view.ts';
import {
  comparedText,
  missingText,
  recoveredText,
  uncomparedText,
} from '../features/arrival/comparison/reconciliation-words.ts';
import {
  requestReconciliation,
  type RequestOutcome,
} from '../features/arrival/comparison/start-reconciliation.server.ts';
import { tickReconciliation } from '../features/arrival/comparison/tick-reconciliation.server.ts';
import { argumentsOrExit } from './arguments-or-exit.server.ts';
import { JSON_OPTION, remoteOptions, WrongUsage } from './command-line.ts';
import { RemoteRefusal, runHereOrRemote } from './remote.server.ts';
import { cliActor, fail } from './with-services.server.ts';

const COMMAND = {
  name: 'ops:reconcile',
  does: "Compares Chatwoot's conversations with what arrived, and recovers messages that never did.",
  options: {
    since: {
      type: 'string',
      value: 'WHEN',
      help: 'from then on: 30m, 2h, 3d or a time such as 2026-11-23T05:00Z; by default where the last comparison ended',
    },
    status: { type: 'boolean', help: 'only says what is known, and compares nothing' },
    json: JSON_OPTION,
    ...remoteOptions('page.read and reconcile.run'),
  },
  ends: ['when it is compared', 'when Chatwoot cannot be asked'],
} as const;

/** Between two looks at a comparison that another process does, ms. */
const LOOK_MS = 300;

const args = argumentsOrExit(COMMAND, (values) => {
  const since = (now: Date) => (values.since === undefined ? null : parseSince(values.since, now));
  // Only whether it can be understood: what it means is reckoned by the database's clock.
  if (values.since !== undefined && !since(new Date()))
    throw new WrongUsage(
      `--since takes 30m, 2h, 3d or a time such as 2026-11-23T05:00Z in the past, not "${values.since}".`,
    );
  return { ...values, since };
});

function show(view: ReconciliationView): number {
  const lines = [missingText(view), recoveredText(view), comparedText(view), uncomparedText(view)].filter(
    (line) => line !== null,
  );
  process.stdout.write(args.json ? `${JSON.stringify(view)}\n` : `${lines.join('\n')}\n`);
  return ['failing', 'not_connected'].includes(view.state) ? 1 : 0;
}

const REFUSALS = {
  nothing_received:
    'Nothing to compare: Chatwoot was never connected (npm run ops:connect-chatwoot), and no webhook has come from it.',
  not_connected: 'Chatwoot is not connected: set CHATWOOT_BASE_URL and what belongs to it.',
};

/** One that runs already is waited for: it may be the one that was wanted. */
function refusalOf({ outcome }: RequestOutcome): string | null {
  return outcome === 'nothing_received' || outcome === 'not_connected' ? REFUSALS[outcome] : null;
}

await runHereOrRemote(args, {
  async here(services) {
    const read = () => readReconciliation(services, { now: services.db.clock.now() });
    if (args.status) return show(await read());
    const now = services.db.clock.now();
    const outcome = await requestReconciliation(services, { since: args.since(now), actor: cliActor(), now });
    const refusal = refusalOf(outcome);
    if (refusal) return fail(refusal, false);
    // The running app may have taken it; otherwise it is done here.
    for (let view = await read(); ; view = await read()) {
      if (view.state !== 'running') return show(view);
      if (!(await tickReconciliation(services, () => services.db.clock.now()))) await delay(LOOK_MS);
    }
  },
  async remote(remote) {
    const read = async () =>
      JSON.parse(JSON.stringify(await remote.get('/api/reconcile'))) as ReconciliationView;
    if (args.status) return show(await read());
    const since = args.since(new Date());
    const fields = new URLSearchParams(since ? { since: since.toISOString() } : {});
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
  },
});

function refusedOutcome({ body }: RemoteRefusal): RequestOutcome | null {
  const { outcome } = (body ?? {}) as { outcome?: unknown };
  return typeof outcome === 'string' ? (body as RequestOutcome) : null;
}
