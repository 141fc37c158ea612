import { afterEach, beforeEach, expect, test } from 'vitest';
import { planFallback } from '../../app/features/fallback/plan-fallback.server.ts';
import { refreshInboxList } from '../../app/features/fallback/chatwoot-inboxes.server.ts';
import { planMerge, startMerge } from '../../app/features/tickets/merge/start-merge.server.ts';
import { tickMerges } from '../../app/features/tickets/merge/tick-merges.server.ts';
import type { Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { startFront, type Front } from '../support/front.ts';
import type { TestServices } from '../support/services.ts';
import { BEN, startWithChatwoot, ticketWorld, type TicketWorld } from './world.ts';

let chatwoot: Chatwoot;
let front: Front;
let services: TestServices;
let world: TicketWorld;
beforeEach(async () => {
  const started = await startWithChatwoot(async (url) => {
    front = await startFront(url);
    return front.url;
  });
  ({ chatwoot, services } = started);
  world = ticketWorld(services);
});
afterEach(async () => {
  await services.close();
  await front.stop();
  await chatwoot.stop();
});

const call = async (method: string, path: string, body?: object) => {
  const response = await fetch(`${chatwoot.url}/api/v1/accounts/2${path}`, {
    method,
    headers: { api_access_token: chatwoot.apiToken, 'Content-Type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  return (await response.json()) as { payload?: unknown };
};
/** Brings a ticket into inbox 5, the shop's chat, until nothing is left to do at this time. */
async function merge(ticketId: number, minutes = 0) {
  const now = new Date(Date.now() + minutes * 60_000);
  await startMerge(services, { ticketIds: [ticketId], inboxId: 5, actor: BEN, now });
  while (await tickMerges(services, now));
  return (await world.read(ticketId)).ticket.merge!;
}
const conversations = () => [...chatwoot.store.conversations.values()];

test('the contact of exactly that address, on whatever page of the search it is', async () => {
  for (let n = 0; n < 20; n += 1)
    await call('POST', '/contacts', { name: `Other ${n}`, email: `${n}cleo@example.com` });
  const { payload } = await call('POST', '/contacts', { name: 'Cleo', email: 'cleo@example.com' });
  const cleo = (payload as { contact: { id: number } }).contact.id;
  const done = await merge(await world.add());
  expect(done.state).toBe('done');
  expect(conversations().map(({ contact }) => contact.id)).toEqual([cleo]);
});

test('under the name that the customer is known by in that inbox, so that they see the answer', async () => {
  const { payload } = await call('POST', '/contacts', {
    name: 'Cleo',
    email: 'cleo@example.com',
    inbox_id: 5,
  });
  const { contact } = payload as { contact: { id: number; contact_inboxes: { source_id: string }[] } };
  await merge(await world.add());
  expect(conversations().map(({ contactInbox }) => contactInbox.sourceId)).toEqual([
    contact.contact_inboxes[0]!.source_id,
  ]);
});

test('a blocked customer’s conversation begins resolved: it is opened, or somebody is told to', async () => {
  await call('POST', '/contacts', { name: 'Cleo', email: 'cleo@example.com', blocked: true });
  const ticket = await world.add();
  let refuses = true;
  front.answer(async (request, pass) => {
    if (refuses && request.path.endsWith('/toggle_status'))
      return { status: 200, body: { payload: { success: true, current_status: 'resolved' } } };
    const answer = await pass();
    if (request.method === 'POST' && request.path.endsWith('/conversations'))
      chatwoot.store.setStatus(conversations()[0]!, 'resolved');
    return answer;
  });
  const told = await merge(ticket);
  expect(told.result).toMatch(/but resolved there and could not be opened.*open it by hand/);
  refuses = false;
  const other = await world.add({ email: 'dan@example.com', customer: 'Dan' });
  expect((await merge(other)).result).toMatch(/^Goes on in Chatwoot/);
  expect(conversations().at(-1)!.status).toBe('open');
});

test('with Redis gone the answer is 422 and the note is there: it is Chatwoot’s trouble, looked for, and not made twice', async () => {
  const ticket = await world.add();
  let isGone = true;
  front.answer(async (request, pass) => {
    const answer = await pass();
    return isGone && request.method === 'POST' && request.path.endsWith('/messages')
      ? {
          status: 422,
          body: { error: 'Connection refused - connect(2) for 127.0.0.1:6399 (redis://127.0.0.1:6399)' },
        }
      : answer;
  });
  expect(await merge(ticket)).toMatchObject({ state: 'waiting' });
  isGone = false;
  expect(await merge(ticket, 5)).toMatchObject({ state: 'done' });
  const notes = conversations().flatMap(({ messages }) => messages.filter((message) => message.private));
  expect(notes).toHaveLength(1);
});

test('before 4.9 attributes of a note are dropped: it is known again by its first line', async () => {
  const ticket = await world.add();
  let first = true;
  front.answer(async (request, pass) => {
    if (request.method !== 'POST' || !request.path.endsWith('/messages')) return pass();
    const answer = await pass();
    const note = conversations()[0]!.messages.findLast((message) => message.private)!;
    note.contentAttributes = {};
    if (!first) return answer;
    first = false;
    return { status: 500, body: { error: 'x' } };
  });
  await merge(ticket);
  expect(await merge(ticket, 5)).toMatchObject({ state: 'done' });
  expect(conversations()[0]!.messages.filter((message) => message.private)).toHaveLength(1);
});

test('the canary’s inbox is offered nowhere as a place for customers', async () => {
  await call('POST', '/inboxes', { name: 'Shop API', channel: { type: 'api', webhook_url: '' } });
  await call('POST', '/inboxes', { name: 'Outage Center canary', channel: { type: 'api', webhook_url: '' } });
  const plan = await planMerge(services, { ticketIds: null, inboxId: null, withTexts: true });
  const names = plan.outcome === 'planned' ? plan.inboxes.map(({ name }) => name) : [];
  expect(names).toContain('Shop API');
  expect(names).not.toContain('Outage Center canary');
  await refreshInboxList(services, new Date());
  const fallback = await planFallback(services, { direction: 'on', now: new Date() });
  expect(fallback.inboxes.map(({ name }) => name)).toContain('Shop API');
  expect(fallback.inboxes.map(({ name }) => name)).not.toContain('Outage Center canary');
});
