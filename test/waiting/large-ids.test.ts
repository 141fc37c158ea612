import { afterEach, beforeEach, expect, test } from 'vitest';
import { seeNewest } from '../../app/features/arrival/look/investigate-arrival.server.ts';
import { requestReconciliation } from '../../app/features/arrival/comparison/start-reconciliation.server.ts';
import { tickReconciliation } from '../../app/features/arrival/comparison/tick-reconciliation.server.ts';
import { startMerge } from '../../app/features/tickets/merge/start-merge.server.ts';
import { tickMerges } from '../../app/features/tickets/merge/tick-merges.server.ts';
import { readTicket } from '../../app/features/tickets/read-tickets.server.ts';
import { planAssignment } from '../../app/features/waiting/assign/plan-assignment.server.ts';
import { pairText, parsePair } from '../../app/features/waiting/assign/assignment-view.ts';
import { startAssignment } from '../../app/features/waiting/assign/start-assignment.server.ts';
import { tickAssignments } from '../../app/features/waiting/assign/tick-assignments.server.ts';
import { readWaiting } from '../../app/features/waiting/read-waiting.server.ts';
import { tickFromApi } from '../../app/features/waiting/tick-waiting.server.ts';
import { createChatwootClient, type ChatwootClient } from '../../app/lib/chatwoot/chatwoot-client.server.ts';
import { createPace } from '../../app/lib/chatwoot/pace.server.ts';
import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import type { Conversation } from '../../app/sandbox/chatwoot/records.ts';
import { SUBSCRIBABLE_EVENTS } from '../../app/sandbox/chatwoot/webhooks/webhook-sender.ts';
import { startIntakeServer, type IntakeServer } from '../intake/intake-server.ts';
import { person } from '../support/person.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { ticketWorld } from '../tickets/world.ts';
import { enlarge, FIRST_IDS, reduce, startRenumbering, type Renumbered } from './renumbered.ts';
import { projectAll } from './store-events.ts';

/** A Chatwoot whose conversations, messages and contacts are numbered beyond 2^53: neighbours must not become one. */
const [FIRST, SECOND] = ['9007199254740992', '9007199254740993'];

let chatwoot: Chatwoot;
let api: Renumbered;
let hook: Renumbered;
let services: TestServices;
let intake: IntakeServer;
let client: ChatwootClient;
beforeEach(async () => {
  chatwoot = await startChatwoot({ webhookConcurrency: 1, firstIds: FIRST_IDS });
  api = await startRenumbering(chatwoot.url, { request: reduce, response: enlarge });
  services = await createTestServices({
    AGENT_SDK_URL: 'http://127.0.0.1:9',
    CHATWOOT_BASE_URL: api.url,
    CHATWOOT_ACCOUNT_ID: '2',
    CHATWOOT_API_TOKEN: chatwoot.apiToken,
    RECONCILE_SETTLE: '0s',
  });
  intake = await startIntakeServer(services);
  hook = await startRenumbering(new URL(intake.url).origin, { request: enlarge, response: (text) => text });
  client = createChatwootClient({ baseUrl: api.url, accountId: '2', apiToken: chatwoot.apiToken });
  const url = `${hook.url}/api/webhooks/chatwoot`;
  const made = await client.createWebhook({ url, subscriptions: [...SUBSCRIBABLE_EVENTS] });
  expect(made.outcome).toBe('ok');
});
afterEach(async () => {
  await intake.stop();
  await services.close();
  await hook.stop();
  await api.stop();
  await chatwoot.stop();
});

function writes(conversation: Conversation, type: 'incoming' | 'outgoing' = 'incoming') {
  const { store } = chatwoot;
  return store.addMessage(conversation, {
    type,
    content: 'Where is it?',
    private: false,
    sender: type === 'incoming' ? conversation.contact : store.agents[0]!,
  });
}
function begins(): Conversation {
  const conversation = chatwoot.store.startConversation();
  writes(conversation);
  return conversation;
}
async function settled() {
  await chatwoot.webhooks.idle();
  await projectAll(services);
}
const waiting = async () =>
  (await readWaiting(services, { sort: 'since', filter: 'all', page: 1, withNames: true, now: new Date() }))
    .items;
const idsOfWaiting = async () => (await waiting()).map(({ conversationId }) => String(conversationId)).sort();

test('each waits for itself, is answered for itself, and is handed over for itself', async () => {
  const [one, other] = [begins(), begins()];
  await settled();
  expect(await idsOfWaiting()).toEqual([FIRST, SECOND]);
  for (const item of await waiting())
    expect(item.url).toMatch(new RegExp(`/conversations/${item.conversationId}$`));
  const pace = createPace({ perSecond: 1000 });
  while (await tickFromApi(services, { now: new Date(), pace }));
  expect(await idsOfWaiting()).toEqual([FIRST, SECOND]);

  const agentId = chatwoot.store.agents[1]!.id;
  const planned = await planAssignment(services, { keys: [`2:${SECOND}`], agentId, withNames: false });
  expect(planned).toMatchObject({ outcome: 'planned' });
  const pair = parsePair(pairText(`2:${SECOND}`, agentId));
  expect(pair).toEqual({ key: `2:${SECOND}`, agentId });
  await startAssignment(services, { pairs: [pair!], actor: person('Ben'), now: new Date() });
  while (await tickAssignments(services));
  expect(one.assignee).toBeNull();
  expect(other.assignee?.id).toBe(agentId);

  writes(one, 'outgoing');
  await settled();
  expect(await idsOfWaiting()).toEqual([SECOND]);
});

test('a message that was lost is found beside its neighbour, once, and the newest are told apart', async () => {
  const [one, other] = [begins(), begins()];
  await settled();
  // Neighbours in number; the first of them is lost.
  const since = new Date(Date.now() - 60_000);
  chatwoot.webhooks.lose(() => true);
  const lost = writes(one);
  await chatwoot.webhooks.idle();
  chatwoot.webhooks.lose(null);
  const came = writes(other);
  await settled();
  expect(came.id).toBe(lost.id + 1);
  const look = { since, suspects: [], lastWebhookAt: null, now: () => new Date() };
  const seen = await seeNewest(services, client, look);
  expect(seen.outcome === 'ok' && seen.value.untold.map(({ id }) => String(id))).toEqual([
    enlarge(String(lost.id)),
  ]);
  const compare = async () => {
    const wish = { since: null, actor: person('Ines'), now: new Date() };
    expect(await requestReconciliation(services, wish)).toMatchObject({ outcome: 'started' });
    while (await tickReconciliation(services, () => new Date()));
  };
  await compare();
  await compare();
  const { rows } = await services.db.pool.query<{ id: string; key: string }>(
    `SELECT message_id::text AS id, conversation_key AS key FROM reconciled_messages`,
  );
  expect(rows).toEqual([{ id: enlarge(String(lost.id)), key: `2:${FIRST}` }]);
  const again = await seeNewest(services, client, look);
  expect(again.outcome === 'ok' && again.value.missing.size).toBe(1);
  expect(again.outcome === 'ok' && [...again.value.missing.values()]).toEqual([{ fetched: true }]);
});

test('a ticket kept by hand becomes its own conversation, and links to it', async () => {
  begins();
  await settled();
  const world = ticketWorld(services);
  const ticketId = await world.add({ minutesAgo: '20' });
  const now = () => new Date();
  await startMerge(services, { ticketIds: [ticketId], inboxId: 5, actor: person('Ben'), now: now() });
  while (await tickMerges(services, now()));
  await settled();
  const found = await readTicket(services, { id: ticketId, withTexts: true });
  expect(found?.ticket.merge).toMatchObject({ state: 'done', conversationId: SECOND });
  expect(found?.ticket.merge?.url).toMatch(new RegExp(`/conversations/${SECOND}$`));
  expect(await idsOfWaiting()).toEqual([FIRST, SECOND]);
});
