import { afterEach, beforeEach, expect, test } from 'vitest';
import { runInBackground, type BackgroundProcess } from '../support/app-process.ts';
import { until } from '../support/until.ts';
import { createSilenceWorld, type SilenceWorld } from './silence-world.ts';

let world: SilenceWorld;
let lookers: BackgroundProcess[] = [];
/** Answers of the list are held back until then. */
let answer: () => void = () => undefined;

beforeEach(async () => {
  world = await createSilenceWorld();
  const held = new Promise<void>((resolve) => (answer = resolve));
  world.proxy.change = (call) => (isLook(call) ? held : undefined);
});
afterEach(async () => {
  answer();
  for (const looker of lookers.splice(0)) await looker.kill('SIGKILL');
  await world.close();
});

const isLook = (call: string) => call.includes('/conversations?') && call.includes('last_activity_at_desc');
const looks = () => world.proxy.asked.filter(isLook).length;

async function startLookers() {
  const { services, chatwoot, proxy } = world;
  const env = {
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: services.dataDir,
    AGENT_SDK_URL: 'http://127.0.0.1:9',
    CHATWOOT_BASE_URL: proxy.url,
    CHATWOOT_ACCOUNT_ID: '2',
    CHATWOOT_API_TOKEN: chatwoot.apiToken,
  };
  lookers = [1, 2].map(() => runInBackground(['test/arrival/look-process.ts'], env));
  await until('both live', async () => (await alive()).length === 2, 60_000);
  await services.db.pool.query('UPDATE arrival_watch SET due_at = now()');
}
const alive = async () =>
  (
    await world.services.db.pool.query<{ id: string; pid: number }>(
      "SELECT id, pid FROM processes WHERE host <> 'here' AND last_seen > clock_timestamp() - interval '8 seconds'",
    )
  ).rows;
const owner = async () =>
  (await world.services.db.pool.query<{ owner: string | null }>('SELECT owner FROM arrival_watch')).rows[0]!
    .owner;
const isLooked = async () => (await world.read()).looked_at !== null;

test('of two processes one looks, and it alone', async () => {
  await startLookers();
  await until('one looks', () => looks() > 0, 60_000);
  // Both have asked a hundred times meanwhile whether they may.
  const beats = async () =>
    (
      await world.services.db.pool.query<{ at: Date }>(
        "SELECT min(last_seen) AS at FROM processes WHERE host <> 'here'",
      )
    ).rows[0]!.at;
  const before = await beats();
  await until('both went on living', async () => (await beats()) > before, 60_000);
  expect(looks()).toBe(1);
  answer();
  await until('it is on record', isLooked, 60_000);
  expect(looks()).toBe(1);
});

test('who is killed while looking is replaced by the other one', async () => {
  await startLookers();
  await until('one looks', () => looks() > 0, 60_000);
  const id = await owner();
  const { pid } = (await alive()).find((one) => one.id === id)!;
  await lookers.find((looker) => looker.pid === pid)!.kill('SIGKILL');
  await until('the other one looks', () => looks() > 1, 60_000);
  answer();
  await until('it is on record', isLooked, 60_000);
  expect(await owner()).not.toBe(id);
});
