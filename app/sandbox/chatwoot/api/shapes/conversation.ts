import {
  channelOf,
  contactPerson,
  innerMessage,
  person,
  unixSeconds,
  webhookConversation,
} from '../../webhooks/payload-parts.ts';
import type { Conversation, Message, Place } from '../../records.ts';
import { restAgent, restContactOf } from './people.ts';

/** A conversation as the REST API shows it: other keys than in webhooks, people and `messages` in other shapes. */
export function restConversation(place: Place, conversation: Conversation) {
  const shared = webhookConversation(place, conversation);
  const { contact_inbox: _hidden, account: _account, channel: _channel, ...own } = shared;
  const { assignee, team } = conversation;
  const last = conversation.messages.at(-1);
  const lastSpoken = conversation.messages.findLast(({ type }) => type !== 'activity');
  return {
    ...own,
    meta: {
      sender: restContactOf(conversation.contact),
      channel: channelOf(place.inbox),
      ...(assignee && {
        assignee: assignee.kind === 'agent' ? restAgent(place, assignee) : person(assignee),
        assignee_type: shared.meta.assignee_type,
      }),
      ...(team && { team }),
      hmac_verified: false,
    },
    messages: last ? [innerMessage(place, conversation, last)] : [],
    account_id: place.account.id,
    uuid: conversation.uuid ?? conversation.contactInbox.sourceId,
    muted: false,
    assignee_last_seen_at: unixSeconds(conversation.agentLastSeenAt),
    first_reply_created_at: unixSeconds(conversation.firstReplyAt),
    last_non_activity_message: lastSpoken ? innerMessage(place, conversation, lastSpoken) : null,
    sla_policy_id: conversation.slaPolicyId ?? null,
  };
}

/** `message_type` and `created_at` are numbers; `sender` is absent when there is none. */
export function restMessage(place: Place, conversation: Conversation, message: Message) {
  const inner = innerMessage(place, conversation, message);
  return {
    id: inner.id,
    content: inner.content,
    inbox_id: inner.inbox_id,
    conversation_id: inner.conversation_id,
    message_type: inner.message_type,
    content_type: inner.content_type,
    status: inner.status,
    content_attributes: inner.content_attributes,
    created_at: inner.created_at,
    private: inner.private,
    source_id: inner.source_id,
    ...(message.sender && { sender: person(message.sender) }),
  };
}

export function restMessages(place: Place, conversation: Conversation, page: Message[]) {
  const { assignee, agentLastSeenAt } = conversation;
  return {
    meta: {
      labels: conversation.labels,
      additional_attributes: webhookConversation(place, conversation).additional_attributes,
      contact: contactPerson(conversation.contact),
      ...(assignee && { assignee: person(assignee) }),
      agent_last_seen_at: agentLastSeenAt === null ? null : new Date(agentLastSeenAt).toISOString(),
      assignee_last_seen_at: null,
    },
    payload: page.map((message) => restMessage(place, conversation, message)),
  };
}
