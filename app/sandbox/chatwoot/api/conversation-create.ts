import { notFound, ok, type ApiAnswer } from './answer.ts';
import type { ChatwootStore } from '../store/store.ts';
import type { ConversationStatus } from '../records.ts';
import { restConversation } from './shapes/conversation.ts';

/** POST `/conversations`: with `source_id`, or with `inbox_id` and `contact_id`; `message`, `assignee_id` and `status` as wished. */
export function createConversation(store: ChatwootStore, body: Record<string, unknown>): ApiAnswer {
  const sourceId = typeof body.source_id === 'string' ? body.source_id : undefined;
  const inboxId = body.inbox_id === undefined ? undefined : Number(body.inbox_id);
  const known = store.contactInboxes.find(
    (one) => one.sourceId === sourceId && [undefined, one.inbox.id].includes(inboxId),
  );
  const inbox = known?.inbox ?? store.inboxes.find(({ id }) => id === inboxId);
  const contact = known?.contact ?? store.contacts.get(Number(body.contact_id));
  if (!inbox || !contact) return notFound();
  const conversation = store.startConversation({
    contact,
    inbox,
    sourceId: known?.sourceId ?? sourceId,
    status: typeof body.status === 'string' ? (body.status as ConversationStatus) : 'open',
    customAttributes: body.custom_attributes as Record<string, unknown> | undefined,
    additionalAttributes: body.additional_attributes as Record<string, unknown> | undefined,
  });
  const agent = store.agents.find(({ id }) => id === Number(body.assignee_id));
  if (agent) store.assign(conversation, agent);
  const content = (body.message as { content?: unknown } | undefined)?.content;
  if (typeof content === 'string')
    store.addMessage(conversation, {
      type: 'outgoing',
      content,
      private: false,
      sender: store.agents[0]!,
    });
  return ok(restConversation(store.placeOf(conversation), conversation));
}
