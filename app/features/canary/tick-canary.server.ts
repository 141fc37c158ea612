import { inTransaction } from '../../lib/database/transaction.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { type CanaryClient, createCanaryClient } from './canary-client.server.ts';
import {
  advanceCanary,
  type CanaryRow,
  claimCanary,
  endCanary,
  recordCanaryStep,
  type CanaryStepResult,
} from './canary-run.server.ts';
import { type CanaryStep, STEP_RULES } from './canary-view.ts';
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

type Step = (services: Services, run: CanaryRow, client: CanaryClient) => Promise<CanaryStepResult>;

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
  result: Extract<CanaryStepResult, { outcome: 'done' }>,
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

/** How long Chatwoot is asked to resolve the canary's conversation before it is left to people, ms. */
const GIVE_UP_MS = 30 * 60_000;
const AGAIN_MS = 5000;

/**
 * Labels and resolves the conversation of a canary that has ended, so that nobody answers it. Repeating it does no harm.
 * @returns whether there may be more to do at once
 */
async function closeCanary(
  services: Services,
  client: CanaryClient,
  run: CanaryRow,
  now: Date,
): Promise<boolean> {
  const problem = await tidy(client, run);
  const isOver = problem === null || now.getTime() - run.step_started_at.getTime() >= GIVE_UP_MS;
  const evidence =
    problem ??
    (run.conversation_id ? `Conversation ${run.conversation_id} resolved.` : 'Nothing to resolve.');
  await services.db.pool.query(
    `WITH looked AS (
       UPDATE canary_runs SET owner = NULL, step_problem = $3, due_at = $4, state = CASE WHEN $5 THEN 'done' ELSE state END
       WHERE id = $1 AND owner = $2 AND state = 'closing' RETURNING id)
     INSERT INTO canary_steps (run_id, step, ok, started_at, finished_at, by, evidence)
     SELECT id, 'close', $3::text IS NULL, $6, $7, 'Outage Center', $8 FROM looked WHERE $5
     ON CONFLICT DO NOTHING`,
    [
      run.id,
      services.processId,
      problem,
      new Date(now.getTime() + AGAIN_MS),
      isOver,
      run.step_started_at,
      now,
      evidence,
    ],
  );
  return false;
}

async function tidy(client: CanaryClient, run: CanaryRow): Promise<string | null> {
  const conversation = await conversationOf(client, run);
  if (conversation === null) return null;
  const resolved = await client.resolve(conversation);
  if (!resolved.ok) return `Conversation ${conversation} is still open in Chatwoot: ${resolved.problem}`;
  // A label is only for people who look through Chatwoot; the conversation is marked by its attribute.
  await client.label(conversation);
  return null;
}

/** Also finds what a process made in Chatwoot and could not write down before it died. */
async function conversationOf(client: CanaryClient, run: CanaryRow): Promise<string | null> {
  if (run.conversation_id !== null) return run.conversation_id;
  if (run.inbox_identifier === null) return null;
  const made = await client.conversations(run.inbox_identifier, run.source_id);
  return made.ok && made.value[0] !== undefined ? String(made.value[0]) : null;
}
