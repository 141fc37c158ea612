import { selectionToParams } from '../features/delivery/dead-letters/selection.ts';
import { planReplay } from '../features/delivery/replays/plan-replay.server.ts';
import type { ReplayPlan } from '../features/delivery/replays/replay-form.ts';
import type { ReplayProgress } from '../features/delivery/replays/read-replays.server.ts';
import { replayDeadLetters, type ReplayOutcome } from '../features/delivery/replays/start-replay.server.ts';
import type { Services } from '../lib/services.server.ts';
import { visible } from '../lib/visible.ts';
import { argumentsOrExit } from './command-line.ts';
import { cliActor, type Remote, RemoteRefusal, runHereOrRemote } from './with-services.server.ts';
import { readReplayArgs, REPLAY_COMMAND, type ReplayArgs } from './replay-dlq-args.ts';
import { duration, type Status } from './status-words.ts';
import { inDatabase, type ReplaySource, waitForReplay } from './wait-for-replay.server.ts';

/** A dry run for a person at a terminal. */
export function planText(plan: ReplayPlan): string {
  const { count, conversations, stale, ratePerSecond, estimatedSeconds, inOtherReplay, wouldSkip } = plan;
  const time =
    ratePerSecond === null || estimatedSeconds === null
      ? 'without a rate limit'
      : `at ${ratePerSecond} a second, about ${duration(estimatedSeconds)} if the Agent service keeps up`;
  const lines = [
    `Would replay ${count} dead letters of ${conversations} conversations, ${time}. Nothing was sent.`,
    inOtherReplay > 0 ? `${inOtherReplay} more are in another replay already.` : '',
    stale.any > 0
      ? `${stale.any} are outdated: a person has answered since in ${stale.answered}, resolved since in ${stale.resolved}, newer events delivered in ${stale.newerDelivered}.`
      : '',
    wouldSkip > 0
      ? `${wouldSkip} of them would be left out because a person has answered since; --include-answered sends them too.`
      : '',
    plan.rejectedLately > 0
      ? `The Agent service still rejects messages: ${plan.rejectedLately} in the last 10 minutes. Repair it first; --careful finds out whether it is repaired.`
      : '',
    ...plan.sample.map(
      (entry) =>
        `  ${entry.id}  ${entry.receivedAt.toISOString()}  conversation ${entry.conversation ?? '-'}  ${visible(entry.cause ?? entry.event)}${entry.answeredSince ? '  answered since' : ''}`,
    ),
    count > plan.sample.length ? `  … and ${count - plan.sample.length} more` : '',
  ];
  return lines.filter(Boolean).join('\n');
}

const print = (text: string) => process.stdout.write(`${text}\n`);

async function replay(services: Services, args: ReplayArgs): Promise<number> {
  if (args.dryRun) {
    const plan = await planReplay(services, args);
    print(args.json ? JSON.stringify({ outcome: 'planned', ...plan }) : planText(plan));
    return 0;
  }
  const outcome = await replayDeadLetters(services, {
    selection: args.selection,
    actor: cliActor(),
    reason: args.reason,
    mode: args.careful ? 'careful' : 'normal',
    ratePerSecond: args.ratePerSecond,
    skipAnswered: args.skipAnswered,
    now: services.db.clock.now(),
  });
  return tellAndWait(outcome, args, inDatabase(services));
}

/** The same over the forms of a remote app. */
async function replayRemotely(remote: Remote, args: ReplayArgs): Promise<number> {
  const fields = selectionToParams(args.selection);
  if (args.careful) fields.set('mode', 'careful');
  fields.set('skipAnswered', args.skipAnswered ? '1' : '0');
  if (args.reason) fields.set('reason', args.reason);
  if (args.ratePerSecond !== undefined) fields.set('rate', String(args.ratePerSecond ?? 'none'));
  if (args.dryRun) {
    const plan = (await remote.post('/api/dead-letters/plan', fields)) as ReplayPlan;
    print(args.json ? JSON.stringify({ outcome: 'planned', ...plan }) : planText(plan));
    return 0;
  }
  const outcome = await remote.post('/api/dead-letters/replay', fields).catch((error: unknown) => {
    // Not found and discarded are outcomes too, and have the status of an error.
    if (error instanceof RemoteRefusal && (error.body as ReplayOutcome | null)?.outcome) return error.body;
    throw error;
  });
  return tellAndWait(outcome as ReplayOutcome, args, {
    progress: async (replayId) => (await remote.get(`/api/replays/${replayId}`)) as ReplayProgress,
    workers: async () => ((await remote.get('/api/status')) as Status).processes.worker,
  });
}

async function tellAndWait(outcome: ReplayOutcome, args: ReplayArgs, source: ReplaySource): Promise<number> {
  if (outcome.outcome === 'started' && args.wait) {
    if (!args.json) print(textOf(outcome));
    return waitForReplay(source, outcome.replayId, { json: args.json });
  }
  print(args.json ? JSON.stringify(outcome) : textOf(outcome));
  return DONE.has(outcome.outcome) ? 0 : 1;
}

/** Outcomes after which nothing is left to do here; the others end with 1. */
const DONE: ReadonlySet<ReplayOutcome['outcome']> = new Set([
  'started',
  'already_replayed',
  'nothing_to_replay',
]);

function textOf(outcome: ReplayOutcome): string {
  switch (outcome.outcome) {
    case 'started': {
      const before = outcome.alreadyReplayed > 0 ? ` ${outcome.alreadyReplayed} were replayed before.` : '';
      return `Replay ${outcome.replayId} started: ${outcome.total} dead letters, oldest first.${before}`;
    }
    case 'already_replayed':
      return `Already replayed, nothing sent twice: ${outcome.ids.join(', ')}.`;
    case 'discarded':
      return `Already discarded, restore them first: ${outcome.ids.join(', ')}.`;
    case 'not_found':
      return 'There is no dead letter with that number.';
    case 'still_rejects':
      return `Nothing was sent: the Agent service still rejects messages, ${outcome.refused} in the last 10 minutes. Repair it first, or say --careful: 5 go first, the rest only if they are taken.`;
    case 'nothing_to_replay':
      return 'No open dead letter matches: nothing to replay.';
  }
}

const args = argumentsOrExit(REPLAY_COMMAND, (values, words) => {
  const at = (now: Date) => readReplayArgs(values, words, now);
  return { ...at(new Date()), at };
});
await runHereOrRemote(args, {
  // "Since two hours ago" is reckoned by the database's clock.
  here: (services) => replay(services, args.at(services.db.clock.now())),
  remote: (remote) => replayRemotely(remote, args),
});
