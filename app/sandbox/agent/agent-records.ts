import { createHash } from 'node:crypto';
import { Agent, request } from 'undici';
import { appendBounded } from '../sandbox-server.ts';

/** A webhook as it arrived at the Agent service. */
export interface AgentRequest {
  webhookId: string;
  /** From X-Webhook-Attempt; null when absent. */
  attempt: number | null;
  event: string;
  conversationId: number | null;
  messageId: number | null;
  messageType: string | null;
  private: boolean;
  accountId: number | null;
  headers: Record<string, string>;
  body: Buffer;
}

/** A webhook that was accepted; the body only as its hash. */
export type Received = Omit<AgentRequest, 'body'> & {
  /** Order of arrival among the accepted, from 1. */
  arrival: number;
  /** Unix milliseconds. */
  at: number;
  bodySha256: string;
};

export interface AgentRecords {
  /** The latest accepted webhooks, oldest first. */
  received: Received[];
  /** Requests that arrived, accepted or not. */
  requests(): number;
  /** Accepted, repetitions included. */
  acceptedCount(): number;
  /** Different webhook-ids among the accepted. */
  distinctCount(): number;
  duplicateCount(): number;
  /** Requests that came while another one of the same conversation was unanswered: 0 when the order is kept. */
  overlapCount(): number;
  /** Of one conversation, in order of arrival. */
  ofConversation(conversationId: number): Received[];
  /** Body hashes of everything accepted and still in `received`. */
  bodyHashes(): Set<string>;
  /** Forgets everything. */
  clear(): void;
}

/** @param cap how many of the accepted webhooks are kept; the counts go on */
export function createAgentRecords(cap: number) {
  const received: Received[] = [];
  const ids = new Set<string>();
  const unanswered = new Map<number, number>();
  let requests = 0;
  let accepted = 0;
  let overlaps = 0;

  const records: AgentRecords = {
    received,
    requests: () => requests,
    acceptedCount: () => accepted,
    distinctCount: () => ids.size,
    duplicateCount: () => accepted - ids.size,
    overlapCount: () => overlaps,
    ofConversation: (id) => received.filter((entry) => entry.conversationId === id),
    bodyHashes: () => new Set(received.map((entry) => entry.bodySha256)),
    clear() {
      received.length = 0;
      ids.clear();
      requests = accepted = overlaps = 0;
    },
  };

  return {
    records,
    /** @returns a function to call when the request is answered or broken off */
    arrived(request: AgentRequest): () => void {
      requests += 1;
      const { conversationId } = request;
      if (conversationId === null) return () => undefined;
      const before = unanswered.get(conversationId) ?? 0;
      if (before > 0) overlaps += 1;
      unanswered.set(conversationId, before + 1);
      return () => {
        const left = (unanswered.get(conversationId) ?? 1) - 1;
        if (left === 0) unanswered.delete(conversationId);
        else unanswered.set(conversationId, left);
      };
    },
    /** @returns whether this webhook-id is new */
    accept({ body, ...request }: AgentRequest): boolean {
      const isNew = !ids.has(request.webhookId);
      ids.add(request.webhookId);
      accepted += 1;
      const bodySha256 = createHash('sha256').update(body).digest('hex');
      appendBounded(received, { ...request, arrival: accepted, at: Date.now(), bodySha256 }, cap);
      return isNew;
    },
  };
}

/** Reads what the Agent service looks at; anything it does not understand is null. */
export function readAgentRequest(headers: Record<string, string>, body: Buffer): AgentRequest {
  const payload = parse(body);
  const event = typeof payload.event === 'string' ? payload.event : 'unknown';
  const conversation = record(payload.conversation);
  const account = record(payload.account);
  const isConversation = event.startsWith('conversation_') && payload.conversation === undefined;
  return {
    webhookId: headers['webhook-id'] ?? '',
    attempt: headers['x-webhook-attempt'] === undefined ? null : Number(headers['x-webhook-attempt']),
    event,
    conversationId: number(isConversation ? payload.id : conversation.id),
    messageId: event.startsWith('message_') ? number(payload.id) : null,
    messageType: typeof payload.message_type === 'string' ? payload.message_type : null,
    private: payload.private === true,
    accountId: number(account.id),
    headers,
    body,
  };
}

function parse(body: Buffer): Record<string, unknown> {
  try {
    return record(JSON.parse(body.toString()));
  } catch {
    return {};
  }
}

const record = (value: unknown) =>
  (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
const number = (value: unknown) => (typeof value === 'number' ? value : null);

export interface DraftOptions {
  chatwootUrl: string;
  /** The bot's access token. */
  token: string;
}

const TEXT =
  'Draft: thanks for your message! I have looked up your order and will tell you what happens next.';

/**
 * Writes drafts into Chatwoot, as private notes that a person may send: one for each customer's message, and none when
 * Chatwoot does not take it (nothing of the app depends on it).
 */
export function createDrafter({ chatwootUrl, token }: DraftOptions) {
  const connections = new Agent({ connections: 4 });
  const writing = new Set<Promise<void>>();
  let written = 0;

  async function write({ accountId, conversationId, webhookId }: AgentRequest) {
    const path = `/api/v1/accounts/${accountId}/conversations/${conversationId}/messages`;
    try {
      const answer = await request(chatwootUrl + path, {
        method: 'POST',
        dispatcher: connections,
        signal: AbortSignal.timeout(5000),
        headers: { api_access_token: token, 'content-type': 'application/json' },
        body: JSON.stringify({
          content: TEXT,
          message_type: 'outgoing',
          private: true,
          content_attributes: { draft_for: webhookId },
        }),
      });
      await answer.body.dump();
      if (answer.statusCode === 200) written += 1;
    } catch {
      // Chatwoot is away: there will be no draft for this message.
    }
  }

  return {
    count: () => written,
    draftFor(message: AgentRequest) {
      if (message.event !== 'message_created' || message.messageType !== 'incoming') return;
      const draft = write(message).finally(() => writing.delete(draft));
      writing.add(draft);
    },
    async stop() {
      await Promise.all(writing);
      await connections.destroy();
    },
  };
}
