import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { lostConversation, lostWebhook } from '../../app/features/arrival/comparison/lost-webhook.ts';
import { fieldOf, isRecord, type JsonRecord, recordOf } from '../../app/lib/json.ts';

const folder = path.join(import.meta.dirname, '..', 'recordings');
const rest = (name: string) =>
  fieldOf(
    fieldOf(JSON.parse(readFileSync(path.join(folder, 'rest', `${name}.json`), 'utf8')), 'response'),
    'body',
  ) as JsonRecord;

function webhook(name: string): JsonRecord {
  const text = readFileSync(path.join(folder, 'webhooks', `${name}.http`), 'utf8');
  return JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)) as JsonRecord;
}

/** Whatever people and channels put in there is theirs, not the shape's. */
const FREE = ['additional_attributes', 'custom_attributes', 'content_attributes', 'attachments'];

/** `conversation.meta.sender.id` and so on; of arrays the first element. */
function keysOf(value: unknown, at = ''): string[] {
  if (Array.isArray(value)) return keysOf(value[0], `${at}[]`);
  if (!isRecord(value)) return [at];
  return Object.entries(value).flatMap(([name, inner]) =>
    FREE.includes(name) ? [`${at}.${name}`] : keysOf(inner, `${at}.${name}`),
  );
}

/** The same conversation and message as the REST API of the recordings shows them. */
function asRest(sent: JsonRecord): { conversation: JsonRecord; message: JsonRecord } {
  const shown = recordOf(sent.conversation);
  const template = rest('conversation');
  const meta = recordOf(template.meta);
  const shownMeta = recordOf(shown.meta);
  const { id, content, private: isPrivate, content_type, content_attributes, source_id } = sent;
  const sender = recordOf(sent.sender);
  const isUser = sender.type === 'user';
  const inner = recordOf((shown.messages as unknown[])[0]);
  return {
    conversation: {
      ...template,
      ...Object.fromEntries(
        Object.keys(template).flatMap((key) => (key in shown ? [[key, shown[key]]] : [])),
      ),
      meta: {
        ...meta,
        channel: shown.channel,
        sender: { ...recordOf(meta.sender), ...recordOf(shownMeta.sender), type: undefined },
        assignee: shownMeta.assignee === null ? undefined : meta.assignee,
        assignee_type: shownMeta.assignee_type,
      },
      last_non_activity_message: inner,
    },
    message: {
      ...{ id, content, inbox_id: shown.inbox_id, conversation_id: shown.id },
      message_type: ['incoming', 'outgoing', 'activity', 'template'].indexOf(sent.message_type as string),
      ...{ content_type, status: 'sent', content_attributes, source_id, private: isPrivate },
      created_at: Math.floor(Date.parse(sent.created_at as string) / 1000),
      ...(sent.sender !== null && {
        sender: isUser
          ? {
              id: sender.id,
              name: sender.name,
              available_name: sender.name,
              avatar_url: '',
              type: 'user',
              availability_status: null,
              thumbnail: '',
            }
          : { ...recordOf(shownMeta.sender), id: sender.id, name: sender.name },
      }),
      ...(sent.attachments !== undefined && { attachments: sent.attachments }),
    },
  };
}

test.each([
  'message_created-incoming-api',
  'message_created-incoming-widget',
  'message_created-incoming-email',
  'message_created-outgoing-agent',
  'message_created-private-note',
  'message_created-template-greeting',
])('%s: fetched, it has the keys that came', (name) => {
  const sent = webhook(name);
  const { conversation, message } = asRest(sent);
  const shown = recordOf(sent.conversation);
  const before = { ...recordOf((shown.messages as unknown[])[0]), sender: undefined };
  const made = lostWebhook({
    accountId: '1',
    names: {
      account: 'Harbour Outdoor Ltd',
      inboxes: { [String(shown.inbox_id)]: String(fieldOf(sent.inbox, 'name')) },
    },
    message,
    conversation,
    messages: sent.private === true ? [{ ...before, id: Number(message.id) - 1 }, message] : [message],
    contactInbox: recordOf(shown.contact_inbox),
  });
  const plain = JSON.parse(JSON.stringify(made)) as JsonRecord;
  const isInner = (key: string) => key.startsWith('.conversation.messages[].sender');
  expect(
    keysOf(plain)
      .filter((key) => !isInner(key))
      .sort(),
  ).toEqual(
    keysOf(sent)
      .filter((key) => !isInner(key))
      .sort(),
  );
  for (const key of [
    'account',
    'content',
    'content_type',
    'content_attributes',
    'id',
    'inbox',
    'message_type',
    'private',
    'source_id',
    'event',
  ])
    expect(plain[key], key).toEqual(sent[key]);
  expect(JSON.stringify(plain)).not.toMatch(/agent@example\.test|admin@example\.test/);
  if (sent.private !== true)
    expect(fieldOf((recordOf(plain.conversation).messages as unknown[])[0], 'id')).toBe(sent.id);
});

/** As Chatwoot's `Attachment#push_event_data` has them; webhooks and API show the same. */
const ATTACHMENTS = [
  {
    ...{
      id: 31,
      message_id: 0,
      file_type: 'image',
      account_id: 1,
      extension: null,
      content_type: 'image/png',
    },
    data_url: 'https://chat.example.test/rails/active_storage/blobs/redirect/x/boot.png',
    thumb_url: 'https://chat.example.test/rails/active_storage/representations/redirect/x/boot.png',
    ...{ file_size: 48_211, width: 640, height: 480 },
  },
  {
    ...{ id: 32, message_id: 0, file_type: 'location', account_id: 1, fallback_title: 'Harbour' },
    ...{ coordinates_lat: 54.3, coordinates_long: 10.1, data_url: null },
  },
];

test.each([
  'message_created-incoming-api',
  'message_created-incoming-widget',
  'message_created-outgoing-agent',
])(
  '%s with attachments and no text: fetched, it has the keys that came, and the attachments inside and out',
  (name) => {
    const plainOne = webhook(name);
    const attachments = ATTACHMENTS.map((one) => ({ ...one, message_id: plainOne.id }));
    const shown = recordOf(plainOne.conversation);
    const inner = { ...recordOf((shown.messages as unknown[])[0]), content: null, attachments };
    const sent: JsonRecord = {
      ...plainOne,
      content: null,
      attachments,
      conversation: { ...shown, messages: [inner] },
    };
    const { conversation, message } = asRest(sent);
    const made = lostWebhook({
      accountId: '1',
      names: { account: 'Harbour Outdoor Ltd', inboxes: {} },
      message,
      conversation,
      messages: [message],
      contactInbox: recordOf(shown.contact_inbox),
    });
    const plain = JSON.parse(JSON.stringify(made)) as JsonRecord;
    const isPerson = (key: string) => key.startsWith('.conversation.messages[].sender');
    const keys = (value: unknown) =>
      keysOf(value)
        .filter((key) => !isPerson(key))
        .sort();
    expect(keys(plain)).toEqual(keys(sent));
    expect(plain.attachments).toEqual(attachments);
    expect(plain.content).toBeNull();
    expect((recordOf(plain.conversation).messages as unknown[])[0]).toMatchObject({
      ...{ id: sent.id, content: null, attachments },
    });
  },
);

test('conversation_created of one that began meanwhile', () => {
  const sent = webhook('conversation_created-Api-open');
  const { conversation, message } = asRest({
    ...webhook('message_created-incoming-api'),
    conversation: sent,
  });
  const made = lostConversation({
    accountId: '1',
    names: { account: 'Harbour Outdoor Ltd', inboxes: {} },
    message,
    conversation,
    messages: [message],
    contactInbox: null,
  });
  const isOf = (part: string) => (key: string) => !key.startsWith(part);
  const plain = JSON.parse(JSON.stringify(made)) as JsonRecord;
  expect(keysOf(plain).filter(isOf('.messages')).sort()).toEqual(
    keysOf(sent).filter(isOf('.messages')).sort(),
  );
  expect(recordOf(plain.contact_inbox).source_id).toBe(recordOf(sent.contact_inbox).source_id);
});
