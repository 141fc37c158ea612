import { pick } from '../../random.ts';
import { DRAFT_BOT } from '../invented-customers.ts';
import type {
  Agent,
  Bot,
  Contact,
  Conversation,
  ConversationStatus,
  Message,
  MessageStatus,
  Priority,
  Team,
} from '../records.ts';
import * as payloads from '../webhooks/payloads.ts';
import { appendMessage, type StoreContext } from './context.ts';

/** What people and rules change, each with its webhooks. */
export interface Changes {
  /** Announces it only when it is another status. */
  setMessageStatus(conversation: Conversation, message: Message, status: MessageStatus, error?: string): void;
  /** What was written is taken back: message_updated, with `deleted`. */
  deleteMessage(conversation: Conversation, message: Message): void;
  /** A survey is answered, a form is sent: message_updated. */
  submit(conversation: Conversation, message: Message, values: Record<string, unknown>): void;
  /** @param by whose doing the conversation's activity tells of */
  assign(conversation: Conversation, assignee: Agent | Bot | null, by?: string): void;
  /** Does what the account's assignment policy would, a moment later; nothing while it is off. */
  assignByPolicy(conversation: Conversation): void;
  /** @param snoozedUntil unix ms */
  setStatus(conversation: Conversation, status: ConversationStatus, snoozedUntil?: number | null): void;
  setLabels(conversation: Conversation, labels: string[]): void;
  setPriority(conversation: Conversation, priority: Priority | null): void;
  setTeam(conversation: Conversation, team: Team | null): void;
  setCustomAttributes(conversation: Conversation, attributes: Record<string, unknown>): void;
  changeContact(
    contact: Contact,
    changes: Partial<Pick<Contact, 'name' | 'email' | 'phoneNumber' | 'customAttributes' | 'blocked'>>,
  ): void;
}

export function createChanges(context: StoreContext): Changes {
  const { now, tell, version, placeOf, directory } = context;

  /** What Chatwoot writes into the conversation about a change: no webhook tells of it. */
  function note(conversation: Conversation, content: string) {
    appendMessage(context, conversation, { type: 'activity', content, private: false, sender: null });
  }

  function change(conversation: Conversation, name: string, previous: unknown, current: unknown) {
    tell.updated(conversation, [payloads.change(name, previous, current)]);
  }

  function changeMessage(conversation: Conversation, message: Message, changes: Partial<Message>) {
    Object.assign(message, changes, { updatedAt: now() });
    tell.messageUpdated(conversation, message);
  }

  function assign(conversation: Conversation, assignee: Agent | Bot | null, by = 'Ilya Brandt') {
    const idOf = (who: Conversation['assignee']) => who?.id ?? null;
    const previous = idOf(conversation.assignee);
    conversation.assignee = assignee;
    note(
      conversation,
      assignee ? `Assigned to ${assignee.name} by ${by}` : `Conversation unassigned by ${by}`,
    );
    change(conversation, 'assignee_id', previous, idOf(assignee));
  }

  return {
    setMessageStatus(conversation, message, status, error) {
      if (message.status === status) return;
      const { contentAttributes } = message;
      const told = error === undefined ? contentAttributes : { ...contentAttributes, external_error: error };
      changeMessage(conversation, message, { status, contentAttributes: told });
    },
    deleteMessage: (conversation, message) =>
      changeMessage(conversation, message, {
        content: 'This message was deleted',
        contentAttributes: { deleted: true },
      }),
    submit: (conversation, message, values) =>
      changeMessage(conversation, message, {
        contentAttributes: { ...message.contentAttributes, submitted_values: values },
      }),
    assign,
    assignByPolicy(conversation) {
      if (!context.assigns) return;
      setImmediate(() => {
        const online = directory.agents.filter(
          (agent) =>
            (agent.availability ?? 'online') === 'online' &&
            agent.role === 'agent' &&
            directory.maySee(agent, placeOf(conversation).inbox),
        );
        if (conversation.status !== 'open' || conversation.assignee || online.length === 0) return;
        assign(conversation, pick(context.random, online), 'Default Policy');
      });
    },
    setStatus(conversation, status, snoozedUntil = null) {
      const previous = conversation.status;
      if (previous === status) return;
      const { waitingSince } = conversation;
      conversation.status = status;
      conversation.snoozedUntil = snoozedUntil;
      note(conversation, `Conversation was marked ${status}`);
      const changes = [payloads.change('status', previous, status)];
      if (snoozedUntil !== null)
        changes.push(payloads.change('snoozed_until', null, new Date(snoozedUntil).toISOString()));
      // Before 4.4 a resolved conversation went on waiting.
      if (status === 'resolved' && waitingSince !== null && version.atLeast('4.4.0')) {
        conversation.waitingSince = null;
        changes.push(payloads.change('waiting_since', new Date(waitingSince).toISOString(), null));
      }
      tell.statusChanged(conversation, changes);
    },
    setLabels(conversation, labels) {
      const previous = conversation.labels;
      conversation.labels = [...new Set(labels)];
      tell.updated(conversation, [
        payloads.change('cached_label_list', previous.join(', ') || null, conversation.labels.join(', ')),
        payloads.change('label_list', previous, conversation.labels),
      ]);
    },
    setPriority(conversation, priority) {
      const previous = conversation.priority ?? null;
      conversation.priority = priority;
      change(conversation, 'priority', previous, priority);
    },
    setTeam(conversation, team) {
      const previous = conversation.team?.id ?? null;
      conversation.team = team;
      change(conversation, 'team_id', previous, team?.id ?? null);
    },
    setCustomAttributes(conversation, attributes) {
      const previous = conversation.customAttributes ?? {};
      conversation.customAttributes = attributes;
      change(conversation, 'custom_attributes', previous, attributes);
    },
    changeContact(contact, changes) {
      const told = Object.entries(changes)
        // Blocking is no column that contact_updated names.
        .filter(([key]) => key !== 'blocked')
        .map(([key, value]) =>
          payloads.change(COLUMN[key] ?? key, contact[key as keyof Contact] ?? null, value ?? null),
        );
      Object.assign(contact, changes);
      tell.contactUpdated(contact, told);
    },
  };
}

const COLUMN: Record<string, string> = { phoneNumber: 'phone_number', customAttributes: 'custom_attributes' };

/** What goes without any webhook, and without another `updated_at` of what stays: only a look at the lists tells. */
export interface Removals {
  deleteConversation(id: number): void;
  /** With the contact's conversations. */
  deleteContact(id: number): void;
  /** With the inbox's conversations. */
  deleteInbox(id: number): void;
  /** What the agent had is nobody's from then on. */
  removeAgent(id: number): void;
  /** What the bot of the drafts had is nobody's from then on. */
  removeBot(): void;
}

export function createRemovals(context: StoreContext): Removals {
  const { conversations, directory, placeOf } = context;

  function deleteWhere(matches: (id: number) => boolean) {
    for (const id of [...conversations.keys()]) if (matches(id)) conversations.delete(id);
  }

  function leaveToNobody(kind: 'agent' | 'bot', id: number) {
    for (const conversation of conversations.values())
      if (conversation.assignee?.kind === kind && conversation.assignee.id === id)
        conversation.assignee = null;
  }

  return {
    deleteConversation: (id) => void conversations.delete(id),
    deleteContact(id) {
      deleteWhere((one) => conversations.get(one)?.contact.id === id);
      directory.forgetContact(id);
    },
    deleteInbox(id) {
      deleteWhere((one) => placeOf(conversations.get(one)!).inbox.id === id);
      directory.forgetInbox(id);
    },
    removeAgent(id) {
      directory.forgetAgent(id);
      leaveToNobody('agent', id);
    },
    removeBot: () => leaveToNobody('bot', DRAFT_BOT.id),
  };
}
