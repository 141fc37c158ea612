import { Agent, request } from 'undici';
import type { AgentRequest } from './agent-records.ts';

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
