import { afterEach, beforeEach, expect, test } from 'vitest';
import { readWaiting } from '../../app/features/waiting/read-waiting.server.ts';
import { tickFromApi, tickProjection } from '../../app/features/waiting/tick-waiting.server.ts';
import { createPace } from '../../app/lib/chatwoot/pace.server.ts';
import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { startFront, type Front } from '../support/front.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { projectAll, storeEvents } from './store-events.ts';
import { told } from './told.ts';

const NINE = new Date('2026-11-23T09:00:00.000Z');
const at = (minutes: number) => new Date(NINE.getTime() + minutes * 60_000);

let chatwoot: Chatwoot;
let front: Front;
let services: TestServices;
let policies: object[] = [];
beforeEach(async () => {
  chatwoot = await startChatwoot();
  front = await startFront(chatwoot.url);
  front.answer((call, pass) =>
    call.path.endsWith('/sla_policies') ? { status: 200, body: { payload: policies } } : pass(),
  );
  services = await createTestServices({
    AGENT_SDK_URL: 'http://127.0.0.1:9',
    CHATWOOT_BASE_URL: front.url,
    CHATWOOT_ACCOUNT_ID: '2',
    CHATWOOT_API_TOKEN: chatwoot.apiToken,
  });
});
afterEach(async () => {
  await services.close();
  await front.stop();
  await chatwoot.stop();
});

const policy = (id: number, first: number) => ({
  id,
  name: `P${id}`,
  first_response_time_threshold: first,
  next_response_time_threshold: 3600.0,
  only_during_business_hours: false,
});
const asks = (conversation: number, minute: number, id: number) =>
  told('message_created-incoming-widget', {
    conversation,
    message: conversation * 10 + minute,
    at: at(minute),
    began: NINE,
    waitingSince: at(minute),
    policy: id,
  });
const due = async () =>
  (
    await readWaiting(services, { sort: 'since', filter: 'all', page: 1, withNames: false, now: at(20) })
  ).items
    .map(({ conversationId, dueAt }) => ({ conversationId, dueAt }))
    .sort((a, b) => Number(a.conversationId) - Number(b.conversationId));
const pace = createPace({ perSecond: 1000 });
const ask = (now: Date) => tickFromApi(services, { now, pace });
const asked = () => front.calls.filter(({ call }) => call.includes('sla_policies')).length;

test('a policy that is not known yet is asked for at once, and holds for those who wait already', async () => {
  await ask(at(0));
  await storeEvents(services, [asks(1, 0, 7)]);
  await projectAll(services, at(1));
  expect(await due()).toEqual([{ conversationId: 1, dueAt: at(30).toISOString() }]);
  policies = [policy(7, 360.0)];
  await ask(at(1));
  await tickProjection(services, at(1));
  expect(await due()).toEqual([{ conversationId: 1, dueAt: at(6).toISOString() }]);
  // What Chatwoot does not list either is not asked for again and again.
  await storeEvents(services, [asks(2, 0, 8)]);
  await projectAll(services, at(2));
  const before = asked();
  for (const minute of [2, 3, 4]) await ask(at(minute));
  expect(asked()).toBe(before + 1);
});

test('a policy that is listed twice is one, and holds', async () => {
  policies = [policy(7, 360.0), policy(7, 360.0)];
  await ask(at(0));
  await storeEvents(services, [asks(1, 0, 7)]);
  await projectAll(services, at(1));
  expect(await due()).toEqual([{ conversationId: 1, dueAt: at(6).toISOString() }]);
});

test('with a policy of Chatwoot the first answer is due from the creation of the conversation, whatever happened since', async () => {
  policies = [policy(7, 900.0)];
  await ask(at(0));
  const bot = told('message_created-outgoing-bot', {
    conversation: 1,
    message: 5,
    at: at(1),
    began: NINE,
    waitingSince: null,
    status: 'resolved',
    policy: 7,
  });
  await storeEvents(services, [asks(1, 0, 7), bot, asks(1, 10, 7)]);
  await projectAll(services, at(11));
  expect(await due()).toEqual([{ conversationId: 1, dueAt: at(15).toISOString() }]);
});
