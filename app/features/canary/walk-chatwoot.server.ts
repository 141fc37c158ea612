import { CANARY_INBOX } from '../../lib/chatwoot/inboxes.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { cut } from '../../lib/visible.ts';
import type { CanaryAnswer, CanaryClient, CanaryInbox } from './canary-client.server.ts';
import type { CanaryRow, CanaryStepResult } from './canary-run.server.ts';
import { compareIds } from '../../lib/chatwoot/chatwoot-values.ts';

/** What the customer of the canary writes; also how a repeated call recognises its message. */
const canaryText = (id: number) =>
  `Outage Center canary ${id}: this tests that a customer's message gets an answer. Nobody waits for it.`;

/** How the conversation and the reply of a canary are marked in Chatwoot. */
const canaryMark = (id: number) => String(id);

/** A step of the canary that does something in Chatwoot: looks first whether an earlier try has done it already. */
export type Walk = (services: Services, client: CanaryClient, run: CanaryRow) => Promise<CanaryStepResult>;

function notYet(answer: Extract<CanaryAnswer<unknown>, { ok: false }>, cure = ''): CanaryStepResult {
  return answer.retry
    ? { outcome: 'wait', problem: answer.problem }
    : { outcome: 'failed', problem: `${answer.problem}${cure}` };
}

/** The configured inbox, or the one of the canary's name, made once. */
export const findInbox: Walk = async ({ config }, client) => {
  const inboxes = await client.inboxes();
  if (!inboxes.ok) return notYet(inboxes);
  const wanted = config.CANARY_INBOX_ID;
  const found = inboxes.value.find(({ id, name, identifier }) =>
    wanted ? id === wanted : name === CANARY_INBOX && identifier !== null,
  );
  if (found) return inboxResult(found, 'found');
  if (wanted)
    return {
      outcome: 'failed',
      problem: `Chatwoot has no inbox ${wanted}: put the number of an API inbox into CANARY_INBOX_ID.`,
    };
  const made = await client.createInbox(CANARY_INBOX);
  if (!made.ok)
    return notYet(made, ' Make an API inbox in Chatwoot and put its number into CANARY_INBOX_ID.');
  return inboxResult(made.value, 'made');
};

function inboxResult({ id, name, identifier }: CanaryInbox, how: string): CanaryStepResult {
  if (identifier === null)
    return {
      outcome: 'failed',
      problem: `Inbox ${id} of Chatwoot is not an API inbox: put the number of one into CANARY_INBOX_ID.`,
    };
  return {
    outcome: 'done',
    evidence: `Inbox ${id} "${name}" ${how}.`,
    findings: { inbox_id: id, inbox_identifier: identifier },
  };
}

export const startConversation: Walk = async ({ config }, client, run) => {
  const inbox = run.inbox_identifier!;
  const contact = await client.contact(inbox, run.source_id);
  if (!contact.ok) return notYet(contact);
  const earlier = await client.conversations(inbox, run.source_id);
  if (!earlier.ok) return notYet(earlier);
  const made = earlier.value.at(0)
    ? { ok: true as const, value: earlier.value[0]! }
    : await client.createConversation(run.inbox_id!, run.source_id, canaryMark(run.id));
  if (!made.ok) return notYet(made);
  const id = String(made.value);
  return {
    outcome: 'done',
    evidence: `Conversation ${id} created in inbox ${run.inbox_id}.`,
    findings: { conversation_id: id, conversation_key: `${config.connection!.accountId}:${id}` },
  };
};

export const writeMessage: Walk = async (_services, client, run) => {
  const conversation = run.conversation_id!;
  const content = canaryText(run.id);
  const earlier = await client.messages(conversation, 0);
  if (!earlier.ok) return notYet(earlier);
  const known = earlier.value.find((message) => message.type === 'incoming' && message.content === content);
  const made = known
    ? { ok: true as const, value: known.id }
    : await client.writeAsCustomer(run.inbox_identifier!, run.source_id, conversation, content);
  if (!made.ok) return notYet(made);
  return {
    outcome: 'done',
    evidence: `Message ${made.value} written through Chatwoot's client API.`,
    findings: { message_id: made.value },
  };
};

export const findDraft: Walk = async (_services, client, run) => {
  const messages = await client.messages(run.conversation_id!, run.message_id!);
  if (!messages.ok) return notYet(messages);
  const draft = messages.value.find((message) => message.private && message.type === 'outgoing');
  if (!draft) return { outcome: 'wait', problem: null };
  const from = draft.sender?.name ? ` by "${draft.sender.name}"` : '';
  const content = draft.content ?? '';
  const text = cut(content, 200);
  return {
    outcome: 'done',
    evidence: `Private note ${draft.id}${from}: "${text}"`,
    findings: { draft_id: draft.id },
  };
};

export const publishReply: Walk = async (_services, client, run) => {
  const conversation = run.conversation_id!;
  const messages = await client.messages(conversation, run.message_id!);
  if (!messages.ok) return notYet(messages);
  const mark = canaryMark(run.id);
  const draft = messages.value.find(({ id }) => id === run.draft_id);
  // Chatwoot before 4.9 drops attributes that it does not know: then the draft's words, in public, tell.
  const known = messages.value.find(
    ({ id, type, private: isNote, content, contentAttributes }) =>
      !isNote &&
      (contentAttributes.outage_center_canary === mark ||
        (type === 'outgoing' &&
          draft !== undefined &&
          compareIds(id, draft.id) > 0 &&
          content === draft.content)),
  );
  if (!known && !draft)
    return { outcome: 'failed', problem: `Note ${run.draft_id} is no longer in the conversation.` };
  const made = known
    ? { ok: true as const, value: known.id }
    : await client.reply(conversation, draft!.content ?? '', mark);
  if (!made.ok) return notYet(made);
  return {
    outcome: 'done',
    evidence: `The draft approved by ${run.approved_by} was published as message ${made.value}.`,
    findings: { reply_id: made.value },
  };
};
