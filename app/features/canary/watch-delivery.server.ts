import type { Services } from '../../lib/services.server.ts';
import type { CanaryClient } from './canary-client.server.ts';
import type { CanaryRow, CanaryStepResult } from './canary-run.server.ts';

interface Arrival {
  seq: number;
  received_at: Date;
  source: 'webhook' | 'reconciled';
  state: 'pending' | 'delivered' | 'dead' | 'discarded';
  attempts_total: number;
  last_outcome: string | null;
  last_status: number | null;
  finished_at: Date | null;
}

/**
 * The first event of the canary's conversation that carries a signal; what came as a webhook before what was reconciled. What had
 * come before the run is of another conversation: put back from a backup, Chatwoot gives its numbers out again.
 */
async function arrivalOf(
  { db }: Services,
  run: CanaryRow,
  signal: 'customer_message' | 'agent_reply',
): Promise<Arrival | null> {
  const { rows } = await db.pool.query<Arrival>(
    `SELECT d.seq, e.received_at, e.source, d.state, d.attempts_total, d.last_outcome, d.last_status, d.finished_at
     FROM deliveries d JOIN webhook_events e USING (seq)
     WHERE d.conversation_key = $1 AND d.event = 'message_created' AND d.signal = $2
       AND d.received_at >= $3::timestamptz - interval '1 minute'
     ORDER BY e.source DESC, d.seq LIMIT 1`,
    [run.conversation_key, signal, run.started_at],
  );
  return rows[0] ?? null;
}

const RECONCILED: CanaryStepResult = {
  outcome: 'wait',
  problem: 'It was found by asking Chatwoot (reconciliation); the webhook itself did not arrive.',
};

const seconds = (ms: number) => `${(Math.max(0, ms) / 1000).toFixed(1)} s`;

/** Whether Chatwoot's webhook of the test message arrived. */
export async function seeWebhook(services: Services, run: CanaryRow): Promise<CanaryStepResult> {
  const arrival = await arrivalOf(services, run, 'customer_message');
  if (!arrival) return { outcome: 'wait', problem: null };
  if (arrival.source === 'reconciled') return RECONCILED;
  const sentAt = await writtenAt(services, run);
  const after = seconds(arrival.received_at.getTime() - sentAt.getTime());
  return {
    outcome: 'done',
    from: sentAt,
    at: arrival.received_at,
    evidence: `Message ${run.message_id}, sent through Chatwoot, arrived as event ${arrival.seq} after ${after}.`,
  };
}

/** When the call that wrote the test message was made: the webhook may arrive before that call is answered. */
async function writtenAt({ db }: Services, run: CanaryRow): Promise<Date> {
  const { rows } = await db.pool.query<{ started_at: Date }>(
    `SELECT started_at FROM canary_steps WHERE run_id = $1 AND step = 'message'`,
    [run.id],
  );
  return rows[0]?.started_at ?? run.step_started_at;
}

/** Whether the Agent service took it. */
export async function seeDelivery(services: Services, run: CanaryRow): Promise<CanaryStepResult> {
  const arrival = await arrivalOf(services, run, 'customer_message');
  if (!arrival) return { outcome: 'wait', problem: null };
  const last = [arrival.last_outcome, arrival.last_status].filter((part) => part !== null).join(', ');
  switch (arrival.state) {
    case 'delivered':
      return {
        outcome: 'done',
        from: arrival.received_at,
        at: arrival.finished_at ?? undefined,
        evidence: `The Agent service took event ${arrival.seq} at attempt ${arrival.attempts_total} (${last}).`,
      };
    case 'dead':
    case 'discarded':
      return {
        outcome: 'failed',
        problem: `The Agent service did not take event ${arrival.seq} (${last}); it is among the dead letters.`,
      };
    case 'pending':
      return { outcome: 'wait', problem: await whyPending(services, arrival, last) };
  }
}

async function whyPending({ db }: Services, arrival: Arrival, last: string): Promise<string | null> {
  const { rows } = await db.pool.query<{ state: string }>(`SELECT state FROM breakers WHERE name = 'agent'`);
  if (rows[0] && rows[0].state !== 'closed')
    return 'It is held: the circuit breaker is open because the Agent service does not answer.';
  return arrival.attempts_total > 0 ? `Attempt ${arrival.attempts_total} failed (${last}).` : null;
}

/** Whether the published reply went out: Chatwoot's webhook tells of it, and Chatwoot does not say that it failed. */
export async function seeReply(
  services: Services,
  run: CanaryRow,
  client: CanaryClient,
): Promise<CanaryStepResult> {
  const messages = await client.messages(run.conversation_id!, run.message_id!);
  if (!messages.ok) return { outcome: messages.retry ? 'wait' : 'failed', problem: messages.problem };
  const reply = messages.value.find(({ id }) => id === run.reply_id);
  if (!reply) return { outcome: 'wait', problem: 'Chatwoot does not show the reply yet.' };
  if (reply.status === 'failed')
    return { outcome: 'failed', problem: `Chatwoot says that reply ${reply.id} could not be delivered.` };
  const arrival = await arrivalOf(services, run, 'agent_reply');
  if (!arrival) return { outcome: 'wait', problem: 'Its webhook has not arrived yet.' };
  if (arrival.source === 'reconciled') return RECONCILED;
  return {
    outcome: 'done',
    evidence: `Chatwoot shows reply ${reply.id} as ${reply.status ?? 'sent'}, and its webhook arrived as event ${arrival.seq}.`,
  };
}
