import { createHash } from 'node:crypto';

/** What became of one webhook: it is sent once, whatever happens. */
export interface WebhookOutcome {
  /** Empty before 4.12, when deliveries had none. */
  deliveryId: string;
  url: string;
  event: string;
  conversationId: number | null;
  messageId: number | null;
  /** Names the body without keeping it: the Agent's records have the same. */
  bodySha256: string;
  /** Unix milliseconds when the attempt began. */
  at: number;
  durationMs: number;
  acknowledged: boolean;
  status: number | null;
  /** Why it failed, e.g. `ECONNREFUSED`, `timeout`, `HTTP 503`; null when acknowledged. */
  reason: string | null;
}

/** What an outcome tells of the webhook's body. */
export function describeBody(
  body: string,
): Pick<WebhookOutcome, 'event' | 'conversationId' | 'messageId' | 'bodySha256'> {
  return { ...idsIn(body), bodySha256: createHash('sha256').update(body).digest('hex') };
}

function idsIn(body: string): Pick<WebhookOutcome, 'event' | 'conversationId' | 'messageId'> {
  const none = { event: 'unknown', conversationId: null, messageId: null };
  try {
    const payload = JSON.parse(body) as { event?: string; id?: number; conversation?: { id?: number } };
    const event = payload.event ?? 'unknown';
    const isMessage = event.startsWith('message_');
    const conversationId = event.startsWith('conversation_') ? payload.id : undefined;
    return {
      event,
      conversationId: payload.conversation?.id ?? conversationId ?? null,
      messageId: isMessage ? (payload.id ?? null) : null,
    };
  } catch {
    return none;
  }
}

export function failureReason(error: unknown): string {
  const { name, code } = error as { name?: string; code?: string };
  if (name === 'TimeoutError') return 'timeout';
  return code ?? String(error);
}
