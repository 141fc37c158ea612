import { setTimeout as delay } from 'node:timers/promises';
import { decideWithheld, type DecideOutcome } from '../features/arrival/comparison/decide-withheld.server.ts';
import {
  parseSince,
  type RequestOutcome,
  requestReconciliation,
} from '../features/arrival/comparison/start-reconciliation.server.ts';
import { readReconciliation } from '../features/arrival/comparison/read-reconciliation.server.ts';
import { readWithheld } from '../features/arrival/comparison/read-withheld.server.ts';
import {
  fieldsOf,
  type ReconciliationView,
  type WithheldView,
} from '../features/arrival/comparison/reconciliation-view.ts';
import {
  comparedText,
  missingText,
  recoveredText,
  uncomparedText,
  withheldText,
} from '../features/arrival/comparison/reconciliation-words.ts';
import { tickReconciliation } from '../features/arrival/comparison/tick-reconciliation.server.ts';
import { argumentsOrExit, JSON_OPTION, remoteOptions, WrongUsage } from './command-line.ts';
import { askWhatToSend, decideAll, type WithheldWays } from './decide-withheld.ts';
import { cliActor, fail, type Remote, RemoteRefusal, runHereOrRemote } from './with-services.server.ts';

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
    'send-withheld': {
      type: 'boolean',
      help: 'sends what was found and is no news any more: imported, answered or resolved since, older than a day, more than 100 at once',
    },
    'leave-withheld': { type: 'boolean', help: 'leaves it unsent for good, discarded in your name' },
    json: JSON_OPTION,
    ...remoteOptions('page.read and reconcile.run, and dead_letters.discard to leave messages unsent'),
  },
  ends: ['when it is compared', 'when Chatwoot cannot be asked, or somebody has to say what is sent'],
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
  const { 'send-withheld': send, 'leave-withheld': leave, status } = values;
  if (send && leave) throw new WrongUsage('--send-withheld and --leave-withheld exclude each other.');
  if (status && (send || leave)) throw new WrongUsage('--status changes nothing: leave it out.');
  return { ...values, since, decision: send ? ('send' as const) : leave ? ('leave' as const) : null };
});

const REFUSALS = {
  nothing_received:
    'Nothing to compare: Chatwoot was never connected (npm run ops:connect-chatwoot), and no webhook has come from it.',
  paused: 'A comparison is paused: resume or cancel it on the page “Customers waiting” first.',
  not_connected: 'Chatwoot is not connected: set CHATWOOT_BASE_URL and what belongs to it.',
};

/** One that runs already is waited for: it may be the one that was wanted. */
function refusalOf({ outcome }: RequestOutcome): string | null {
  return outcome === 'started' || outcome === 'already_running' ? null : REFUSALS[outcome];
}

await runHereOrRemote(args, {
  async here(services) {
    const now = () => services.db.clock.now();
    const ways: Ways = {
      read: () => readReconciliation(services, { now: now() }),
      withheld: (run) => readWithheld(services, { withNames: false, ...(run !== undefined && { run }) }),
      decide: (decision, selection) =>
        decideWithheld(services, { decision, selection, actor: cliActor(), now: now() }),
      // The running app may have taken it; otherwise it is done here.
      async goOn() {
        if (!(await tickReconciliation(services, now))) await delay(LOOK_MS);
      },
      start: () =>
        requestReconciliation(services, { since: args.since(now()), actor: cliActor(), now: now() }),
    };
    return reconcile(ways);
  },
  remote: (remote) =>
    reconcile({
      read: () => get<ReconciliationView>(remote, '/api/reconcile'),
      withheld: (run) =>
        get<WithheldView>(remote, `/api/reconcile/withheld${run === undefined ? '' : `?run=${run}`}`),
      decide: (decision, selection) =>
        post<DecideOutcome>(remote, '/api/reconcile/withheld', [['do', decision], ...fieldsOf(selection)]),
      goOn: () => delay(LOOK_MS),
      start() {
        const since = args.since(new Date());
        return post<RequestOutcome>(remote, '/api/reconcile', since ? [['since', since.toISOString()]] : []);
      },
    }),
});

/** The same here and through an app elsewhere. */
interface Ways extends WithheldWays {
  read: () => Promise<ReconciliationView>;
  start: () => Promise<RequestOutcome>;
  /** Waits, or helps, until the comparison is further. */
  goOn: () => Promise<void>;
}

async function reconcile(ways: Ways): Promise<number> {
  if (args.status) return show(await ways.read(), await ways.withheld());
  const started = await ways.start();
  const refusal = refusalOf(started);
  if (refusal) return fail(refusal, false);
  let view = await ways.read();
  for (; view.state === 'running'; view = await ways.read()) await ways.goOn();
  if (args.decision) {
    const decided = await decideAll(ways, args.decision, args);
    return Math.max(show(await ways.read(), await ways.withheld()), decided);
  }
  const code = show(view, await ways.withheld());
  if (code !== 0 || !('id' in started)) return code;
  return askWhatToSend(ways, started.id, args);
}

function show(view: ReconciliationView, withheld: WithheldView): number {
  const lines = [
    missingText(view),
    recoveredText(view),
    comparedText(view),
    uncomparedText(view),
    withheldText(withheld),
  ].filter((line) => line !== null);
  process.stdout.write(
    args.json ? `${JSON.stringify({ ...view, withheldFor: withheld.counts })}\n` : `${lines.join('\n')}\n`,
  );
  return ['failing', 'paused', 'not_connected'].includes(view.state) ? 1 : 0;
}

async function get<T>(remote: Remote, path: string): Promise<T> {
  // Times stay text, as everywhere in these views.
  return JSON.parse(JSON.stringify(await remote.get(path))) as T;
}

/** An outcome that the app answers with the status of an error is one all the same. */
async function post<T extends { outcome: string }>(
  remote: Remote,
  path: string,
  fields: [string, string][],
): Promise<T> {
  try {
    return (await remote.post(path, new URLSearchParams(fields))) as T;
  } catch (error) {
    const body = error instanceof RemoteRefusal ? (error.body as { outcome?: unknown } | null) : null;
    if (typeof body?.outcome === 'string') return body as T;
    throw error;
  }
}
