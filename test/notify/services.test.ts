import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { discordMessage } from '../../app/features/notify/channels/discord/discord.ts';
import { secretsOfUrl } from '../../app/features/notify/channels/post-once.server.ts';
import { fillTemplate, wrongWithTemplate } from '../../app/features/notify/channels/template/template.ts';
import type { Message, Outgoing } from '../../app/features/notify/message.ts';
import { type Chats, startChats } from '../../app/sandbox/notifications/chats.ts';
import { readBody, startHttpServer } from '../../app/sandbox/sandbox-server.ts';
import { type ContactsForms, openContactsForms } from '../incidents/contacts-forms.ts';
import { messageOf, START } from './notify-world.ts';

let chats: Chats;
let forms: ContactsForms;
const KINDS = ['teams', 'discord', 'telegram', 'ntfy'] as const;

beforeAll(async () => {
  chats = await startChats();
  forms = await openContactsForms(chats.settings);
});
afterAll(async () => {
  await forms.close();
  await chats.stop();
});
beforeEach(async () => {
  await forms.world.services.db.pool.query('TRUNCATE notifications, notification_log');
});

const HOSTILE = '@everyone <b>&amp; [x](https://evil.example) *bold* {{link}} "},"a":{"';
const long = '😀&<'.repeat(4000);
const facts = Array.from({ length: 60 }, () => ({ label: long, value: long }));

const outgoing = (message: Partial<Message> = {}, more: Partial<Outgoing> = {}): Outgoing => ({
  ...{ id: 7, thread: 'incident-12', incidentId: 12, drill: false, earlier: [], insteadOf: null },
  threadTitle: 'Chatwoot does not answer',
  appUrl: 'https://outage.example.com',
  message: messageOf('opened', message),
  ...more,
});

describe.each(KINDS)('%s', (kind) => {
  test.each([
    ['as it is', {}],
    [
      'with what would act there',
      { title: HOSTILE, sentence: HOSTILE, facts: [{ label: HOSTILE, value: HOSTILE }] },
    ],
    ['longer than it takes', { title: long, sentence: long, facts }],
    ['that works again', { kind: 'recovered' as const }],
  ])('takes a message %s', async (name, message) => {
    const before = chats[kind].count();
    await forms.world.queue(START, {
      dedupeKey: name,
      channel: { kind, of: 'environment' },
      message: messageOf('opened', message),
    });
    await forms.world.drain(START);
    expect(chats[kind].problems).toEqual([]);
    expect(await forms.world.rows()).toMatchObject([{ state: 'accepted' }]);
    expect(chats[kind].count()).toBe(before + 1);
    expect((await forms.world.rows())[0]!.answer).not.toContain('outages-of-the-sandbox');
    const sent = JSON.stringify(chats[kind].received.at(-1)!.body);
    expect(sent).toContain('Open in Outage Center');
    expect(sent).toContain('https://outage.example.com/incidents/12');
  });

  test('is given its time, and updates that came meanwhile go in one message', async () => {
    const channel = { kind, of: 'environment' } as const;
    const before = chats[kind].count();
    await forms.world.queue(
      START,
      ...(['opened', 'acknowledged', 'recovered'] as const).map((one) => ({
        dedupeKey: one,
        channel,
        message: messageOf(one),
      })),
    );
    await forms.world.run(0, 40);
    expect((await forms.world.rows()).map(({ state }) => state)).toEqual(['accepted', 'folded', 'accepted']);
    expect(chats[kind].count()).toBe(before + 2);
    expect(JSON.stringify(chats[kind].received.at(-1)!.body)).toContain('Before this');
  });

  test('a secret of its address is in no answer, log or row, whatever the other side says', async () => {
    const url = Object.entries(chats.settings).find(([name]) => name.startsWith(kind.toUpperCase()))![1];
    const secrets = [...secretsOfUrl(url), chats.settings.TELEGRAM_BOT_TOKEN, chats.settings.NTFY_TOKEN];
    expect(secretsOfUrl(`https://x.example/a?sig=${'s'.repeat(20)}`)).toContain('s'.repeat(20));
    await chats[kind].setMode('status', { status: 403 });
    try {
      await forms.world.queue(START, { dedupeKey: 'a', channel: { kind, of: 'environment' } });
      await forms.world.drain(START);
    } finally {
      await chats[kind].setMode('ok');
    }
    const { rows } = await forms.world.services.db.pool.query(
      'SELECT * FROM notifications JOIN notification_log l ON true',
    );
    expect(JSON.stringify(rows)).toContain('403');
    const { environment } = await forms.page();
    const seen = JSON.stringify([rows, environment]);
    for (const secret of secrets.filter((one) => one.length > 7)) expect(seen).not.toContain(secret);
  });
});

test.each([
  ['teams', 'https://teams.example/workflows/secretsecret?sig=secretsignature', 'teams.example/…'],
  ['discord', 'https://discord.com/api/webhooks/123456/secretsecretsecret', 'discord.com/…'],
  ['telegram', '-1009876543210', 'chat …3210'],
  ['ntfy', 'https://ntfy.sh/my-secret-topic', 'ntfy.sh/…'],
])('a contact’s %s is shown masked, and only they may be said to read it', async (kind, address, masked) => {
  expect(await forms.addChannel('CEO', { kind, address, personal: 'yes' })).toMatchObject({
    outcome: 'done',
  });
  const channel = (await forms.contactOf('CEO')).channels.at(-1)!;
  expect(channel).toMatchObject({ kind, address: masked, personal: true, problem: null });
  await forms.send({ do: 'remove-channel', ...(await forms.targetOf('CEO')), channel: channel.id, kind });
  expect(JSON.stringify(await forms.audited())).not.toContain(address.slice(-10));
});

test.each([
  ['teams', 'workflows', /no address/],
  ['discord', 'https://discord.com/channels/1/2', /no webhook of Discord/],
  ['telegram', 'Ada', /no number of a chat/],
  ['ntfy', 'https://ntfy.sh/', /names no topic/],
  ['ntfy', 'https://ntfy.sh/a b', /names no topic/],
  ['teams', 'https://chat.example.com/hook', /leads to Chatwoot/],
  ['template', 'https://chat.example.com/hook', /leads to Chatwoot/],
])('an address that cannot be one of %s is refused beside its field: %s', async (kind, address, problem) => {
  expect(await forms.addChannel('CEO', { kind, address, template: '{"a": 1}' })).toMatchObject({
    outcome: 'problem',
    field: 'address',
    problem: expect.stringMatching(problem) as string,
  });
});

test('a chat of a contact leads nowhere inside, as every address that was set in the app', async () => {
  const own = await openContactsForms({ ...chats.settings, OUTBOUND_ALLOW_PRIVATE: 'false' });
  try {
    const before = chats.discord.asked();
    await own.addChannel('CEO', { kind: 'discord', address: chats.discord.url });
    const { id, channels } = await own.contactOf('CEO');
    const test = { do: 'test', id: String(id), kind: 'discord', channel: channels[0]!.id, form: 'x' };
    expect(await own.send(test)).toMatchObject({ outcome: 'tested', accepted: false });
    expect(chats.discord.asked()).toBe(before);
  } finally {
    await own.close();
  }
});

describe('a template', () => {
  test('takes values as JSON: none of them becomes a part of it', () => {
    const written = JSON.stringify({
      text: 'Now: {{ title }} ({{severity}})',
      list: ['{{facts}}', '{{incident}}', '{{acknowledge}}', '{{drill}}'],
      nested: { __proto__x: '{{sentence}}', n: 7 },
    });
    const filled = fillTemplate(written, outgoing({ title: HOSTILE, sentence: HOSTILE }));
    expect(JSON.parse(JSON.stringify(filled))).toEqual({
      text: `Now: ${HOSTILE} (P0)`,
      list: [[{ label: 'Since', value: '05:12 UTC' }], 12, null, false],
      nested: { __proto__x: HOSTILE, n: 7 },
    });
  });

  test.each([
    ['{"a": {{title}}}', /no JSON/],
    ['"{{title}}"', /object or list/],
    ['{"a": "{{body}}"}', /no field “body”/],
    ['{"a": "{{constructor}}"}', /no field/],
    ['{"{{title}}": 1}', /not in a name/],
    [`${'['.repeat(50)}${']'.repeat(50)}`, /too deep/],
    [`{"a": "${'x'.repeat(9000)}"}`, /at most 8000/],
  ])('that cannot be filled is refused with why: %.30s', (text, problem) => {
    expect(wrongWithTemplate(text)).toMatch(problem);
  });

  test('of a contact: beside its field, previewed for admins alone, sealed, tested, and taken only as the webhook says', async () => {
    const requests: { body: string; authorization: string | undefined }[] = [];
    let says = '{"errors": ["no such room"]}';
    const server = await startHttpServer(async (request, response) => {
      const { authorization } = request.headers;
      requests.push({ body: (await readBody(request)).toString('utf8'), authorization });
      response.writeHead(200).end(says);
    });
    const sealed = await openContactsForms({
      DATA_ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
    });
    try {
      const fields = { kind: 'template', address: `${server.url}/hook`, secret: 'Bearer abcdefghijk' };
      expect(await sealed.addChannel('CEO', { ...fields, template: '{"a": "{{nothing}}"}' })).toMatchObject({
        field: 'template',
        typed: expect.arrayContaining([['template', '{"a": "{{nothing}}"}']]) as unknown,
      });
      const template = '{"key": "hunter2hunter2", "msg": "{{text}}", "facts": "{{facts}}"}';
      expect(await sealed.addChannel('CEO', { ...fields, template })).toMatchObject({ outcome: 'done' });
      const { id, channels } = await sealed.contactOf('CEO');
      expect(channels[0]).toMatchObject({ preview: null, signed: true });
      const view = await sealed.page({}, true);
      const shown = view.contacts.find((one) => one.id === id)!.channels[0]!;
      expect(JSON.parse(shown.preview!)).toMatchObject({
        key: 'hunter2hunter2',
        facts: [{ label: 'Since' }],
      });
      const { rows } = await sealed.world.services.db.pool.query('SELECT channels FROM contacts');
      expect(JSON.stringify([rows, await sealed.audited()])).not.toMatch(/hunter2|abcdefghijk/);

      const test = { do: 'test', id: String(id), kind: 'template', channel: channels[0]!.id, form: 'x' };
      expect(await sealed.send(test)).toMatchObject({
        accepted: false,
        answer: expect.stringContaining('no such room') as string,
      });
      says = 'thank you';
      expect(await sealed.send(test, new Date(START.getTime() + 60_000))).toMatchObject({ accepted: true });
      expect(requests.at(-1)!.authorization).toBe('Bearer abcdefghijk');
      expect(JSON.parse(requests.at(-1)!.body)).toMatchObject({ key: 'hunter2hunter2', facts: [] });
    } finally {
      await server.shut();
      await sealed.close();
    }
  });
});

test('in Discord nothing of a message is a mention or a link of its own, and no escape is cut in two', () => {
  const text = JSON.stringify(discordMessage(outgoing({ sentence: HOSTILE })));
  expect(text).toContain(String.raw`\\@everyone \\<b>`);
  expect(text).toContain(String.raw`\\[x\\]\\(https\\://evil`);
  const { embeds } = discordMessage(outgoing({ title: '*'.repeat(999) })) as { embeds: { title: string }[] };
  expect(embeds[0]!.title).toMatch(/[^\\]…$/);
});
