import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readWaiting } from '../../app/features/waiting/read-waiting.server.ts';
import { openIntake, type Intake } from '../../app/features/intake/open-intake.server.ts';
import { readPage } from '../../app/features/overview/read-overview.server.ts';
import { QUIET_INTAKE } from '../overview/intake-status.ts';
import { until } from '../support/until.ts';
import { createWorld, type World } from '../support/world.ts';
import {
  RECORDED_SECRETS,
  recordedOlderWebhooks,
  recordedWebhooks,
  type RecordedWebhook,
} from './recordings.ts';

const TOKEN = 'recorded-ones-that-cannot-sign';
const ALL = [...recordedWebhooks(), ...recordedOlderWebhooks()];

let world: World;
let intake: Intake;
beforeAll(async () => {
  world = await createWorld({
    CHATWOOT_ACCOUNT_ID: '1',
    CHATWOOT_WEBHOOK_SECRET: RECORDED_SECRETS.join(','),
    CHATWOOT_WEBHOOK_TOKEN: TOKEN,
  });
  intake = openIntake(world.services);
  await world.startWorker();
});
afterAll(async () => {
  await intake.stop();
  await world.close();
});

/** A bot's webhook is signed with the bot's own secret, which was not recorded. */
const isSigned = ({ name, headers }: RecordedWebhook) =>
  'x-chatwoot-signature' in headers && !name.startsWith('bot-');

/** When it was sent, by its own head; now, where it has no time. */
const sentAt = ({ headers }: RecordedWebhook) =>
  headers['x-chatwoot-timestamp'] ? new Date(Number(headers['x-chatwoot-timestamp']) * 1000) : new Date();

const receive = (recorded: RecordedWebhook, token: string | null) =>
  intake.receive({
    headers: isSigned(recorded) ? recorded.headers : { 'content-type': 'application/json' },
    token,
    body: recorded.body,
    receivedAt: sentAt(recorded),
  });

const hashOf = (body: Buffer) => createHash('sha256').update(body).digest('hex');

test.each(ALL.map((recorded) => [recorded.name, recorded] as const))(
  '%s is taken as it came, and not when a byte of it is another',
  async (_name, recorded) => {
    const token = isSigned(recorded) ? null : TOKEN;
    const other = Buffer.from(recorded.body);
    other[other.length - 2] = 0x20;
    expect((await receive({ ...recorded, body: other }, token && 'wrong')).kind).toBe('rejected');
    expect((await receive(recorded, token)).kind).toBe('accepted');
  },
);

test('the Agent service receives exactly those bytes', async () => {
  const missing = () =>
    ALL.filter(({ body }) => !world.agent.records.bodyHashes().has(hashOf(body))).map(({ name }) => name);
  await until(
    'every recorded webhook was delivered',
    async () => {
      const names = missing();
      if (names.length > 0) throw new Error(JSON.stringify([names.length, names, await world.states()]));
      return true;
    },
    30_000,
  );
});

test('the pages show them: who waits since when, and a ledger that balances', async () => {
  const { services } = world;
  const now = new Date();
  const wish = { filter: 'all', sort: 'risk', page: 1, withNames: true, now } as const;
  const kim = await until('the e-mail is projected', async () => {
    const { items } = await readWaiting(services, wish);
    return items.find(({ customerName }) => customerName === 'kim.fox');
  });
  expect(kim).toMatchObject({ conversationId: 552, waitingSince: '2026-11-29T14:23:03.000Z' });
  const { overview } = await readPage(services, QUIET_INTAKE, {
    range: '24h',
    query: { state: 'open', filter: {}, sort: 'newest', page: 1, pageSize: 25 },
    now,
  });
  expect(overview.ledger).toMatchObject({ received: ALL.length, delivered: ALL.length, dead: 0, pending: 0 });
});
