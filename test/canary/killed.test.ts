import { afterEach, expect, test } from 'vitest';
import { decideCanary } from '../../app/features/canary/change-canary.server.ts';
import { startHoldingProxy, type HoldingProxy } from '../fallback/proxy.ts';
import { runInBackground, type BackgroundProcess } from '../support/app-process.ts';
import { ADA, createCanaryWorld, type CanaryWorld } from './canary-world.ts';
import { readRun, startRun, untilDone, untilStep } from './follow-canary.ts';

let world: CanaryWorld;
let proxy: HoldingProxy;
const workers: BackgroundProcess[] = [];
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.kill('SIGKILL');
  await world.close();
  await proxy.stop();
});

function startWorker(): BackgroundProcess {
  const worker = runInBackground(['app/server/main.ts'], {
    ...world.settings,
    ROLE: 'worker',
    LOG_LEVEL: 'silent',
    DATABASE_URL: world.services.databaseUrl,
    DATA_DIR: world.services.dataDir,
    CHATWOOT_BASE_URL: proxy.url,
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

const post = (end: RegExp) => (call: string) => call.startsWith('POST ') && end.test(call);
const ownInbox = post(/accounts\/\d+\/inboxes$/);
const ownConversation = post(/accounts\/\d+\/conversations$/);
const asCustomer = post(/public\/.*\/messages$/);
const reply = post(/accounts\/.*\/messages$/);

/** Between what call and its record it is killed, and whether that is after the approval. */
const POINTS = [
  ['after the inbox was made', 'after', ownInbox, false],
  ['before the conversation is made', 'before', ownConversation, false],
  ['after the conversation was made', 'after', ownConversation, false],
  ['after the message was written', 'after', asCustomer, false],
  ['after the reply was published', 'after', reply, true],
  ['after the conversation was resolved', 'after', post(/toggle_status$/), true],
] as const;

// Two processes start in each, one after the other.
const LONG = { timeout: 240_000 };

test.each(POINTS)(
  'killed %s, the canary goes on and does nothing twice',
  LONG,
  async (_name, when, matches, late) => {
    world = await createCanaryWorld();
    proxy = await startHoldingProxy(world.chatwoot.url);
    const held = proxy.hold(when, matches);
    const first = startWorker();
    const id = await startRun(world);
    const approve = async () => {
      await untilStep(world, id, 'approval');
      await decideCanary(world.services, { id, decision: 'approve', actor: ADA, now: new Date() });
    };
    if (late) await approve();
    await held;
    await kill(first);
    startWorker();
    if (!late) await approve();
    await untilDone(world, id);
    expect(await readRun(world, id)).toMatchObject({ outcome: 'passed' });
    expect(world.chatwoot.store.inboxes.filter(({ name }) => name === 'Outage Center canary')).toHaveLength(
      1,
    );
    const conversations = [...world.chatwoot.store.conversations.values()];
    expect(conversations.map(({ status }) => status)).toEqual(['resolved']);
    const texts = conversations[0]!.messages.filter(({ type }) => type !== 'activity');
    expect(texts.map(({ type, private: note }) => `${type}${note ? ' note' : ''}`)).toEqual([
      ...['incoming', 'outgoing note', 'outgoing'],
    ]);
  },
);
