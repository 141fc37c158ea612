import { afterEach, beforeEach, expect, test } from 'vitest';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { countLedger } from '../../app/features/facts/ledger.server.ts';
import { openIntake } from '../../app/features/intake/open-intake.server.ts';
import { exampleMessageBody } from '../support/examples.ts';
import { createChatwootCall } from '../../app/lib/chatwoot/call.server.ts';
import { inboxCalls } from '../../app/lib/chatwoot/inboxes.server.ts';
import { runInBackground, type BackgroundProcess } from '../support/app-process.ts';
import { until } from '../support/until.ts';
import { startHoldingProxy, type HoldingProxy } from './proxy.ts';
import { createFallbackWorld, type FallbackWorld } from './world.ts';

const APP_URL = 'http://outage.test';
/** Three workers start one after the other, on a machine that may be busy with other tests, ms. */
const PATIENCE_MS = 60_000;
const EVENTS = ['conversation_created', 'message_created'];

let world: FallbackWorld;
let proxy: HoldingProxy;
let agent: AgentService;
let workers: BackgroundProcess[];

beforeEach(async () => {
  agent = await startAgent();
  world = await createFallbackWorld({ APP_URL, SLACK_WEBHOOK_URL: 'http://127.0.0.1:9/slack' });
  proxy = await startHoldingProxy(world.chatwoot.url);
  await world.api.createWebhook({ url: `${APP_URL}/api/webhooks/chatwoot`, subscriptions: EVENTS });
  workers = [];
});
afterEach(async () => {
  for (const worker of workers) await worker.kill('SIGKILL');
  await world.close();
  await proxy.stop();
  await agent.stop();
});

function startWorker(): BackgroundProcess {
  const worker = runInBackground(['app/server/main.ts'], {
    ROLE: 'worker',
    LOG_LEVEL: 'silent',
    DATABASE_URL: world.services.databaseUrl,
    DATA_DIR: world.services.dataDir,
    AGENT_SDK_URL: agent.url,
    CHATWOOT_BASE_URL: proxy.url,
    CHATWOOT_ACCOUNT_ID: '2',
    CHATWOOT_API_TOKEN: world.chatwoot.apiToken,
    SLACK_WEBHOOK_URL: 'http://127.0.0.1:9/slack',
    APP_URL,
  });
  workers.push(worker);
  return worker;
}

/** Kills a worker; to the others it is gone as if 8 s had passed. */
async function kill(worker: BackgroundProcess): Promise<void> {
  await worker.kill('SIGKILL');
  await world.services.db.pool.query(
    `UPDATE processes SET last_seen = last_seen - interval '1 minute' WHERE pid = $1`,
    [worker.pid],
  );
}

const inbox = async () => {
  const call = createChatwootCall({
    baseUrl: world.chatwoot.url,
    accountId: '2',
    apiToken: world.chatwoot.apiToken,
  });
  const listed = await inboxCalls(call, '/api/v1/accounts/2').listInboxes();
  return listed.outcome === 'ok' ? listed.value[0]! : undefined;
};
const subscriptions = async () => {
  const listed = await world.api.listWebhooks();
  return listed.outcome === 'ok' ? listed.value[0]!.subscriptions : undefined;
};
const settled = (direction: 'on' | 'off', n: number) =>
  until(
    `the ${direction} steps are done`,
    async () => {
      const steps = await world.steps(direction);
      return steps.length === n && steps.every(({ state }) => state === 'done');
    },
    PATIENCE_MS,
  );

/** Customers write all the time: one message after the other, through the real intake. */
function writeAllTheTime() {
  const intake = openIntake(world.services);
  const written: number[] = [];
  let writing = true;
  const done = (async () => {
    for (let message = 1; writing; message += 1) {
      const conversationId = message % 9;
      const body = Buffer.from(exampleMessageBody({ conversationId, messageId: message }));
      const outcome = await intake.receive({
        headers: { 'content-type': 'application/json', 'x-chatwoot-delivery': `d-${message}` },
        token: null,
        body,
        receivedAt: new Date(),
      });
      if (outcome.kind === 'accepted') written.push(message);
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
  })();
  return {
    written,
    async stop() {
      writing = false;
      await done;
      await intake.stop();
    },
  };
}

const isInboxes = (call: string) => call === 'GET /api/v1/accounts/2/inboxes';
const isInbox = (call: string) => call.startsWith('PATCH ') && call.includes('/inboxes/');
const isWebhook = (call: string) => call.startsWith('PATCH ') && call.includes('/webhooks/');

/** Where in its work a step is killed. */
const POINTS = [
  ['after the old hours were read', 'after', isInboxes],
  ['after the inbox was changed', 'after', isInbox],
  ['before the webhook is changed', 'before', isWebhook],
  ['after the webhook was changed', 'after', isWebhook],
] as const;

test.each(POINTS)(
  'under load, killed %s, on the way in and out',
  async (_name, when, matches) => {
    const before = await inbox();
    // The list of inboxes is read by itself too; here only the steps read it.
    await world.services.db.pool.query('UPDATE inbox_list SET listed_at = now(), tried_at = now()');
    const load = writeAllTheTime();
    const first = startWorker();
    await until('something is delivered', () => agent.records.acceptedCount() > 20, PATIENCE_MS);

    let held = proxy.hold(when, matches);
    await world.toggle({ to: 'on', options: { inboxes: [5], webhook: 'disabled' } });
    await held;
    await kill(first);
    const second = startWorker();
    await settled('on', 3);
    expect((await inbox())!.hours.working_hours.every((day) => day.closed_all_day)).toBe(true);
    expect(await subscriptions()).toEqual(['conversation_created']);
    // Attempts in flight end; nothing else goes out.
    await until('nothing is in flight', async () => (await world.services.db.prisma.lease.count()) === 0);
    const sent = agent.records.acceptedCount();
    const held1 = load.written.length;
    await until('more is written', () => load.written.length > held1 + 20, PATIENCE_MS);
    expect(agent.records.acceptedCount()).toBe(sent);

    held = matches === isInboxes ? proxy.hold(when, isInbox) : proxy.hold(when, matches);
    await world.toggle({ to: 'off' });
    await held;
    await kill(second);
    startWorker();
    await settled('off', 3);
    expect(await inbox()).toEqual(before);
    expect(await subscriptions()).toEqual(EVENTS);

    await load.stop();
    await until(
      'everything is delivered',
      async () => {
        const ledger = await countLedger(world.services.db.pool);
        expect(ledger.balanced).toBe(true);
        return ledger.delivered === ledger.received && ledger.received === load.written.length;
      },
      PATIENCE_MS,
    );
    for (let conversation = 0; conversation < 9; conversation += 1) {
      const firsts = new Set<number>();
      for (const { messageId } of agent.records.ofConversation(conversation)) firsts.add(messageId!);
      const order = [...firsts];
      expect(order).toEqual([...order].sort((a, b) => a - b));
    }
    const notices = await world.services.db.prisma.notification.count({
      where: { kind: { startsWith: 'fallback_' } },
    });
    expect(notices).toBe(2);
  },
  4 * PATIENCE_MS,
);
