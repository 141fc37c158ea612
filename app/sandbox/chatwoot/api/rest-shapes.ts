import {
  contactPerson,
  channelOf,
  inboxName,
  innerMessage,
  iso,
  person,
  unixSeconds,
  webhookConversation,
} from '../payload-parts.ts';
import type { ChatwootStore } from '../store.ts';
import type { Agent, Contact, Conversation, Inbox, Message, Place } from '../records.ts';
import type { Version } from '../version.ts';
import type { Webhook } from '../webhook-request.ts';

/** A conversation as the REST API shows it, which differs from the one in webhooks. */
export function restConversation(place: Place, conversation: Conversation) {
  const { contact_inbox: _hidden, account: _account, ...shared } = webhookConversation(place, conversation);
  const { assignee, team: _team, ...meta } = shared.meta;
  const last = conversation.messages.at(-1);
  const lastPublic = conversation.messages.findLast(
    (message) => !message.private && message.type !== 'activity',
  );
  return {
    ...shared,
    meta: { ...meta, channel: shared.channel, ...(assignee && { assignee }) },
    account_id: place.account.id,
    uuid: conversation.contactInbox.sourceId,
    muted: false,
    assignee_last_seen_at: unixSeconds(conversation.agentLastSeenAt),
    first_reply_created_at: unixSeconds(conversation.firstReplyAt),
    messages: last ? [restMessage(place, conversation, last)] : [],
    last_non_activity_message: lastPublic ? restMessage(place, conversation, lastPublic) : null,
  };
}

/** `message_type` and `created_at` are numbers; `sender` is absent when there is none. */
export function restMessage(place: Place, conversation: Conversation, message: Message) {
  const {
    updated_at: _updated,
    conversation: _conversation,
    ...shared
  } = innerMessage(place, conversation, message);
  return shared;
}

export function restMessages(place: Place, conversation: Conversation, page: Message[]) {
  const { assignee } = conversation;
  return {
    meta: {
      labels: conversation.labels,
      additional_attributes: {},
      contact: person(conversation.contact),
      ...(assignee && { assignee: person(assignee) }),
      agent_last_seen_at: iso(conversation.agentLastSeenAt ?? conversation.createdAt),
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
  custom_attributes: {},
  name: agent.name,
  role: agent.role,
  thumbnail: '',
  custom_role_id: null,
});

export const restInbox = (inbox: Inbox) => ({
  id: inbox.id,
  name: inbox.name,
  channel_type: channelOf(inbox),
  avatar_url: '',
  enable_auto_assignment: true,
  greeting_enabled: true,
  working_hours_enabled: false,
  out_of_office_message: null,
  timezone: 'UTC',
  ...(inbox.api
    ? {
        inbox_identifier: inbox.api.identifier,
        webhook_url: inbox.api.webhookUrl,
        secret: inbox.api.secret,
        hmac_token: inbox.api.hmacToken,
        hmac_mandatory: false,
        additional_attributes: {},
      }
    : { website_url: 'https://shop.example.com' }),
});

/** A contact with the inboxes it is known in. */
export function restContact(store: ChatwootStore, contact: Contact) {
  const { type: _type, ...shared } = contactPerson(contact);
  return {
    ...shared,
    availability_status: 'offline',
    contact_inboxes: store.contactInboxes
      .filter((one) => one.contact === contact)
      .map(({ sourceId, inbox }) => ({ source_id: sourceId, inbox: inboxName(inbox) })),
  };
}

export const restWebhook = (place: Place, webhook: Webhook, version: Version) => ({
  id: webhook.id,
  ...(version.atLeast('4.8.0') && { name: webhook.name }),
  url: webhook.url,
  account_id: place.account.id,
  subscriptions: webhook.subscriptions,
  ...(version.atLeast('4.12.0') && { secret: webhook.secret }),
});

/** The user behind the access token: the first of the team, an administrator. */
export const restProfile = (place: Place, user: Agent, accessToken: string) => ({
  id: user.id,
  account_id: place.account.id,
  name: user.name,
  available_name: user.availableName,
  email: user.email,
  role: user.role,
  type: 'user',
  confirmed: true,
  access_token: accessToken,
  pubsub_token: 'sandbox-has-no-websocket',
  accounts: [
    {
      id: place.account.id,
      name: place.account.name,
      status: 'active',
      role: user.role,
      permissions: [user.role],
      availability: 'online',
      availability_status: 'online',
      auto_offline: true,
    },
  ],
});
