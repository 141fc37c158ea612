import { mapped, type ChatwootAnswer } from './answer.ts';
import type { ChatwootCall } from './call.server.ts';
import { fieldOf, numberOf, textOf } from './read-json.ts';

/** What a customer's own client does in an API inbox; it needs no token, the inbox is named by its identifier. */
export interface ClientCalls {
  createVisitor(
    inboxIdentifier: string,
    visitor: { name: string; identifier?: string; sourceId?: string },
  ): Promise<ChatwootAnswer<{ sourceId: string; contactId: number | null }>>;
  /** @returns the conversation's display id */
  beginConversation(inboxIdentifier: string, sourceId: string): Promise<ChatwootAnswer<number>>;
  /** Writes as the customer. Not idempotent. @returns the message's id */
  writeAsVisitor(
    inboxIdentifier: string,
    visitor: { sourceId: string; conversationId: number; content: string },
  ): Promise<ChatwootAnswer<number>>;
}

export function clientCalls(call: ChatwootCall): ClientCalls {
  const contacts = (identifier: string) =>
    `/public/api/v1/inboxes/${encodeURIComponent(identifier)}/contacts`;
  const idOf = (json: unknown) => numberOf(fieldOf(json, 'id')) ?? undefined;
  return {
    async createVisitor(identifier, visitor) {
      const answer = await call('POST', contacts(identifier), {
        name: visitor.name,
        identifier: visitor.identifier,
        source_id: visitor.sourceId,
      });
      return mapped(answer, (json) => {
        const sourceId = textOf(fieldOf(json, 'source_id'));
        return sourceId === null ? undefined : { sourceId, contactId: numberOf(fieldOf(json, 'id')) };
      });
    },
    async beginConversation(identifier, sourceId) {
      const path = `${contacts(identifier)}/${encodeURIComponent(sourceId)}/conversations`;
      return mapped(await call('POST', path, {}), idOf);
    },
    async writeAsVisitor(identifier, { sourceId, conversationId, content }) {
      const path = `${contacts(identifier)}/${encodeURIComponent(sourceId)}/conversations/${conversationId}/messages`;
      return mapped(await call('POST', path, { content }), idOf);
    },
  };
}
