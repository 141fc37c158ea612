import { channelOf, unixSeconds } from '../../webhooks/payload-parts.ts';
import type { Agent, Contact, ContactInbox, Inbox, Place } from '../../records.ts';

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
export const restContactOf = (contact: Contact) => ({
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
