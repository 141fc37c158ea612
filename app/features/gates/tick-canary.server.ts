import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import { createCanaryClient, type CanaryClient } from './canary-client.server.ts';
import type { CanaryRow, StepResult } from './canary-row.ts';
import { STEP_RULES, type CanaryStep } from './canary-steps.ts';
import { claimCanary } from './claim-canary.server.ts';
import { closeCanary } from './close-canary.server.ts';
import { advanceCanary, endCanary, recordCanaryStep } from './record-canary-step.server.ts';
import {
  findDraft,
  findInbox,
  publishReply,
  startConversation,
  writeMessage,
} from './walk-chatwoot.server.ts';
import { seeDelivery, seeReply, seeWebhook } from './watch-delivery.server.ts';

/** How long until a step that waits is looked at again, ms. */
const LOOK_AGAIN_MS = 500;

const APP = 'Outage Center';

type Step = (services: Services, run: CanaryRow, client: CanaryClient) => Promise<StepResult>;

const STEPS: Record<CanaryStep, Step> = {
  inbox: (services, run, client) => findInbox(services, client, run),
  conversation: (services, run, client) => startConversation(services, client, run),
  message: (services, run, client) => writeMessage(services, client, run),
  webhook: seeWebhook,
  agent: seeDelivery,
  draft: (services, run, client) => findDraft(services, client, run),
  // A person moves it on; the tick only ends it when nobody does.
  approval: () => Promise.resolve({ outcome: 'wait', problem: null }),
  publish: (services, run, client) => publishReply(services, client, run),
  reply: seeReply,
};

/**
 * Looks at the canary that is due and does its step. Calls to Chatwoot happen outside any transaction, and each looks first
 * for what an earlier try left: a process may be killed between the call and its record.
 * @returns whether there is more to do at once
 */
export async function tickCanary(services: Services, clock: () => Date): Promise<boolean> {
  const { config, db, processId, changes } = services;
  if (!config.connection) return false;
  const run = await claimCanary(db.pool, processId, clock());
  if (!run) return false;
  const client = createCanaryClient(config.connection);
  const more =
    run.state === 'closing'
      ? await closeCanary(services, client, run, clock())
      : await doStep(services, client, run, clock);
  changes.announce('page');
  return more;
}

async function doStep(
  services: Services,
  client: CanaryClient,
  run: CanaryRow,
  clock: () => Date,
): Promise<boolean> {
  const result = await STEPS[run.step](services, run, client);
  const now = clock();
  const { timeoutMs, late } = STEP_RULES[run.step];
  const endsAt = run.step_started_at.getTime() + timeoutMs;
  switch (result.outcome) {
    case 'done':
      return pass(services, run, result, now);
    case 'failed':
      return end(services, run, result.problem, now);
    case 'wait':
      if (now.getTime() >= endsAt)
        return end(services, run, result.problem ? `${late} ${result.problem}` : late, now);
      await wait(services, run, result.problem, lookAgainAt(run, endsAt, now));
      return false;
  }
}

/** Nothing but its time-out changes an approval by itself: a person's click makes it due. */
function lookAgainAt(run: CanaryRow, endsAt: number, now: Date): Date {
  return new Date(run.step === 'approval' ? endsAt : Math.min(endsAt, now.getTime() + LOOK_AGAIN_MS));
}

async function wait({ db, processId }: Services, run: CanaryRow, problem: string | null, dueAt: Date) {
  await db.pool.query(
    `UPDATE canary_runs SET owner = NULL, step_problem = $4, due_at = $5
     WHERE id = $1 AND owner = $2 AND step = $3 AND state = 'running'`,
    [run.id, processId, run.step, problem, dueAt],
  );
}

function pass(
  { db, processId: owner }: Services,
  run: CanaryRow,
  result: Extract<StepResult, { outcome: 'done' }>,
  now: Date,
): Promise<boolean> {
  const { evidence, findings, from = run.step_started_at, at = now } = result;
  return inTransaction(db.pool, async (transaction) => {
    const moved = await advanceCanary(transaction, run, { owner, findings, now });
    if (moved) await recordCanaryStep(transaction, { run, ok: true, evidence, by: APP, from, at, now });
    return moved;
  });
}

function end(
  { db, processId: owner }: Services,
  run: CanaryRow,
  problem: string,
  now: Date,
): Promise<boolean> {
  return inTransaction(db.pool, async (transaction) => {
    const ended = await endCanary(transaction, run, { owner, outcome: 'failed', problem, now });
    const from = run.step_started_at;
    if (ended)
      await recordCanaryStep(transaction, { run, ok: false, evidence: problem, by: APP, from, at: now, now });
    return ended;
  });
}
