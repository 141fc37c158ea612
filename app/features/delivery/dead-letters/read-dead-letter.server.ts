import { parseExact } from '../../../lib/json.ts';
import { isSealed, openBody, openText, type Opened } from '../../../lib/body-cipher.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { visible } from '../../../lib/visible.ts';
import type { DeadLetterDetail, MissingPayload } from './dead-letter-view.ts';
import { customerNameOf, prettyJson, quotedAnswer } from './shown-payload.ts';
import { readDeletionIn } from '../../intake/deleted-messages.server.ts';
import { replaysOfEvent } from '../replays/read-replays.server.ts';

/** Everything about one dead letter, also after it was replayed or discarded; null when there is none of that number. */
export async function readDeadLetter(services: Services, id: number): Promise<DeadLetterDetail | null> {
  const { prisma } = services.db;
  const fact = await prisma.dashboardFact.findFirst({
    where: { id, factType: 'support.webhook.dead_letter' },
  });
  const metadata = (fact?.metadata ?? {}) as Record<string, unknown>;
  const value = (fact?.value ?? {}) as Record<string, unknown>;
  const seq = Number(metadata.seq);
  if (!fact || !Number.isSafeInteger(seq)) return null;
  const delivery = await prisma.delivery.findUnique({ where: { seq } });
  if (!delivery) return null;
  const [event, attempts, since, replays] = await Promise.all([
    prisma.webhookEvent.findUnique({ where: { seq }, select: { body: true, headers: true, source: true } }),
    prisma.attempt.findMany({ where: { seq }, orderBy: { number: 'asc' } }),
    prisma.$queryRaw<{ n: bigint; last: Date | null; answered: Date | null; resolved: Date | null }[]>`
      SELECT count(*) FILTER (WHERE state = 'delivered') AS n,
        max(finished_at) FILTER (WHERE state = 'delivered') AS last,
        min(received_at) FILTER (WHERE signal = 'agent_reply') AS answered,
        min(received_at) FILTER (WHERE signal = 'resolved') AS resolved
      FROM deliveries WHERE conversation_key = ${delivery.conversationKey} AND seq > ${seq}::bigint
        AND COALESCE(conversation_began = ${delivery.conversationBegan}::timestamptz, true)`,
    replaysOfEvent(services, seq),
  ]);
  const current = Number(delivery.deadFactId) === id;
  const stored = Buffer.from(event?.body ?? []);
  const opened = openBody(services.config.DATA_ENCRYPTION_KEYS, stored, delivery.eventId);
  const payload = parsedPayload(opened);
  const deletion = await readDeletionIn(services, delivery.conversationKey, payload);
  const detail: DeadLetterDetail = {
    id,
    seq,
    eventId: delivery.eventId,
    event: visible(delivery.event),
    conversation: delivery.conversationId,
    conversationKey: delivery.conversationKey,
    customer: delivery.customerKey,
    // Where messages are encrypted the fact names no customer, the message itself does.
    customerName: customerNameOf(isSealed(stored) ? payload : value.payload),
    receivedAt: delivery.receivedAt,
    fetched: event?.source === 'reconciled',
    deadAt: fact.recordedAt,
    lastError: textOrNull(value.lastError),
    errorClass: textOrNull(metadata.errorClass),
    status: typeof metadata.status === 'number' ? metadata.status : null,
    cause: textOrNull(metadata.cause),
    agentEndpoint: textOrNull(value.agentEndpoint),
    attemptsOfRun: Number(value.attempts ?? 0),
    entry: entryOf(current, delivery.state),
    delivery: {
      state: delivery.state,
      deadLetter: delivery.deadFactId === null ? null : Number(delivery.deadFactId),
      replayId: delivery.replayId === null ? null : Number(delivery.replayId),
      finishedAt: delivery.finishedAt,
    },
    discarded:
      current && delivery.state === 'discarded'
        ? {
            by: delivery.discardedBy ?? '',
            reason: delivery.discardReason ?? '',
            at: delivery.finishedAt,
          }
        : null,
    payload: opened.outcome === 'open' ? prettyJson(opened.body.toString('utf8')) : null,
    missing: missingPayload(opened, services.config.MESSAGE_RETENTION_DAYS),
    headers: Object.entries((event?.headers ?? {}) as Record<string, unknown>).map(([name, text]) => [
      name,
      visible(String(text)),
    ]),
    attempts: attempts.map((attempt) => ({
      number: attempt.number,
      run: attempt.run,
      kind: attempt.kind,
      startedAt: attempt.startedAt,
      durationMs: attempt.durationMs,
      outcome: attempt.outcome,
      status: attempt.status,
      error: attempt.error === null ? null : visible(attempt.error),
      response: answerOf(services, attempt.response, delivery.eventId),
      retryAfterMs: attempt.retryAfterMs,
    })),
    since: {
      newerDelivered: Number(since[0]?.n ?? 0),
      lastDeliveredAt: since[0]?.last ?? null,
      answeredAt: since[0]?.answered ?? null,
      resolvedAt: since[0]?.resolved ?? null,
    },
    replays,
  };
  return deletion ? hideMessage(detail, { reason: deletion }) : detail;
}

function missingPayload(opened: Opened, afterDays: number): MissingPayload | null {
  switch (opened.outcome) {
    case 'open':
      return null;
    case 'removed':
      return { reason: 'removed', afterDays };
    case 'no_key':
    case 'damaged':
      return { reason: 'unreadable' };
  }
}

/** Null when it cannot be opened, or is no JSON: the page shows whatever is stored. */
function parsedPayload(opened: Opened): unknown {
  if (opened.outcome !== 'open') return null;
  try {
    return parseExact(opened.body.toString('utf8').replace(/^\uFEFF/, ''));
  } catch {
    return null;
  }
}

function answerOf(services: Services, stored: string | null, eventId: string): string | null {
  const text = stored && openText(services.config.DATA_ENCRYPTION_KEYS, stored, eventId);
  return text ? visible(quotedAnswer(text)) : text;
}

function entryOf(current: boolean, state: string): DeadLetterDetail['entry'] {
  if (current && state === 'dead') return 'open';
  return current && state === 'discarded' ? 'discarded' : 'replayed';
}

const textOrNull = (value: unknown) => (typeof value === 'string' ? visible(value) : null);

/**
 * A dead letter for somebody who may not read texts: without the customer's name, the message, and answers, which may
 * quote both.
 */
export function hideTexts(detail: DeadLetterDetail): DeadLetterDetail {
  return { ...hideMessage(detail, { reason: 'not_allowed' }), customerName: null };
}

/** Without the message, and without answers, which may quote it. */
function hideMessage(detail: DeadLetterDetail, missing: MissingPayload): DeadLetterDetail {
  const attempts = detail.attempts.map((attempt) => ({ ...attempt, response: null }));
  return { ...detail, payload: null, missing, attempts };
}
