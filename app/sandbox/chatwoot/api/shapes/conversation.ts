import type { Agent, Contact, ContactInbox, Conversation, Inbox, Message, Place } from '../../records.ts';
import {
  channelOf,
  contactPerson,
  innerMessage,
  person,
  unixSeconds,
  webhookConversation,
} from '../../webhooks/payload-parts.ts';

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

export const restAgent = (place: Place, agent: Agent) => ({
  id: agent.id,
  account_id: place.account.id,
  availability_status: agent.availability ?? 'online',
  auto_offline: true,
  confirmed: true,
  email: agent.email,
  provider: 'email',
  available_name: agent.availableName,
  name: agent.name,
  role: agent.role,
  thumbnail: '',
  custom_role_id: null,
});

/** A contact without its inboxes, as in a conversation's `meta.sender`. `last_activity_at` is absent before the first message. */
const restContactOf = (contact: Contact) => ({
  additional_attributes: contact.additionalAttributes ?? {},
  availability_status: 'offline',
  email: contact.email,
  id: contact.id,
  name: contact.name,
  phone_number: contact.phoneNumber,
  blocked: contact.blocked ?? false,
  identifier: contact.identifier ?? null,
  thumbnail: '',
  custom_attributes: contact.customAttributes,
  ...(contact.lastActivityAt !== undefined && { last_activity_at: unixSeconds(contact.lastActivityAt) }),
  created_at: unixSeconds(contact.createdAt ?? contact.updatedAt),
});

/** A contact with the inboxes it is known in. */
export const restContact = (contact: Contact, inboxes: readonly ContactInbox[]) => ({
  ...restContactOf(contact),
  contact_inboxes: inboxes
    .filter((one) => one.contact.id === contact.id)
    .map(({ sourceId, inbox }) => ({ source_id: sourceId, inbox: restInboxOfContact(inbox) })),
});

export const restInboxOfContact = (inbox: Inbox) => ({
  id: inbox.id,
  avatar_url: '',
  channel_id: inbox.id,
  name: inbox.name,
  channel_type: channelOf(inbox),
  provider: null,
});

/** The user behind the access token. */
export const restProfile = (
  place: Place,
  user: Agent,
  accessToken: string,
  status: 'active' | 'suspended',
) => ({
  access_token: accessToken,
  account_id: place.account.id,
  available_name: user.availableName,
  avatar_url: '',
  confirmed: true,
  display_name: null,
  message_signature: null,
  email: user.email,
  id: user.id,
  inviter_id: null,
  name: user.name,
  provider: 'email',
  pubsub_token: 'sandbox-has-no-websocket',
  role: user.role,
  ui_settings: {},
  uid: user.email,
  type: null,
  accounts: [
    {
      id: place.account.id,
      name: place.account.name,
      status,
      onboarding_step: null,
      active_at: null,
      role: user.role,
      permissions: [user.role],
      availability: 'online',
      availability_status: user.availability ?? 'online',
      auto_offline: true,
      custom_role_id: null,
      custom_role: null,
    },
  ],
});
