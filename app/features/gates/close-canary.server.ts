import type { Services } from '../../lib/services.server.ts';
import type { CanaryClient } from './canary-client.server.ts';
import type { CanaryRow } from './canary-row.ts';

/** How long Chatwoot is asked to resolve the canary's conversation before it is left to people, ms. */
const GIVE_UP_MS = 30 * 60_000;
const AGAIN_MS = 5000;

/**
 * Labels and resolves the conversation of a canary that has ended, so that nobody answers it. Repeating it does no harm.
 * @returns whether there may be more to do at once
 */
export async function closeCanary(
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
