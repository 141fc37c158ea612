import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { seededRandom } from '../../app/sandbox/random.ts';
import { freePort, runToEnd, startApp, type AppProcess } from '../support/app-process.ts';
import { postmasterPid, removeDataDir } from '../support/data-dir.ts';
import { until } from '../support/until.ts';
import { accountFor, type Account, type Gap } from './account-for.ts';
import { startCustomers } from './customers.ts';

export interface StoryTimes {
  /** Customers' messages a second. */
  perSecond: number;
  /** Before the first fault, ms. */
  warmUpMs: number;
  /** How long the app stays away after it was killed, ms. */
  awayMs: number;
  /** How long the Agent service and Chatwoot's workers are away, ms. */
  partAwayMs: number;
  /** How long Chatwoot's Redis is away, ms: a silence of less than 8 s tells nothing. */
  redisAwayMs: number;
  /** How long the app stands still, ms. */
  stoppedMs: number;
  /** Between the end of a fault and the next one, ms. */
  betweenMs: number;
  /** What has not arrived so long after the last message is missing, ms. */
  patienceMs: number;
  /** What each conversation of a list costs Chatwoot, ms; a running one takes about 10. */
  msPerConversation: number;
}

interface World {
  chatwoot: Chatwoot;
  agent: AgentService;
  dataDir: string;
  app: AppProcess;
  restart(): Promise<void>;
}

/** What happens, in this order; each returns when it is over. */
const FAULTS: Record<string, (world: World, times: StoryTimes) => Promise<void>> = {
  'app killed': killApp,
  'app killed again': killApp,
  async 'app stopped'({ app }, { stoppedMs }) {
    process.kill(app.pid, 'SIGSTOP');
    await delay(stoppedMs);
    process.kill(app.pid, 'SIGCONT');
  },
  async 'database killed'({ dataDir, app }) {
    process.kill(await postmasterPid(dataDir), 'SIGKILL');
    await delay(1000);
    await isReady(app);
  },
  async 'Agent service away'({ agent }, { partAwayMs }) {
    await agent.setMode('down');
    await delay(partAwayMs);
    await agent.setMode('ok');
  },
  async 'Sidekiq stopped'({ chatwoot }, { partAwayMs }) {
    chatwoot.webhooks.setWorkers('stopped');
    await delay(partAwayMs);
    chatwoot.webhooks.setWorkers('running');
  },
  async 'Redis gone'({ chatwoot }, { redisAwayMs }) {
    chatwoot.setServices('redis_gone');
    await delay(redisAwayMs);
    chatwoot.setServices('ok');
  },
};

/** On a busy machine a start takes long. */
const isReady = (app: AppProcess) => until('the app is ready', () => app.ready().then(() => true), 180_000);

async function killApp(world: World, { awayMs }: StoryTimes): Promise<void> {
  await world.app.kill('SIGKILL');
  await delay(awayMs);
  await world.restart();
}

/**
 * Customers write without a break while one after the other breaks: the app is killed twice and stands still once, then its
 * database, the Agent service, Chatwoot's workers and its Redis are away. Chatwoot's webhooks overtake each other as on a
 * running one. Nothing of the app is asked: Chatwoot's ledger is compared with the Agent service's.
 * @param told a line for each thing that happens
 */
export async function tellSevenFaults(times: StoryTimes, told: (line: string) => void): Promise<Account> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'outage-center-faults-'));
  const chatwoot = await startChatwoot();
  const agent = await startAgent();
  const port = await freePort();
  const env = {
    DATA_DIR: dataDir,
    PORT: String(port),
    APP_URL: `http://127.0.0.1:${port}`,
    AGENT_SDK_URL: agent.url,
    CHATWOOT_BASE_URL: chatwoot.url,
    CHATWOOT_ACCOUNT_ID: String(chatwoot.accountId),
    CHATWOOT_API_TOKEN: chatwoot.apiToken,
    LOG_LEVEL: process.env.FAULTS_LOG ?? 'warn',
  };
  const apps: AppProcess[] = [];
  const start = async () => {
    const app = await startApp(env);
    apps.push(app);
    await isReady(app);
    return app;
  };
  const began = performance.now();
  const say = (words: string) => told(`${((performance.now() - began) / 1000).toFixed(1)} s: ${words}`);
  try {
    const world: World = {
      ...{ chatwoot, agent, dataDir },
      app: await start(),
      async restart() {
        world.app = await start();
      },
    };
    const connected = await runToEnd(['app/cli/connect-chatwoot.ts'], env);
    if (connected.code !== 0) throw new Error(connected.output);
    chatwoot.setOvertaking(true);
    chatwoot.setLists({ msPerConversation: times.msPerConversation });
    const customers = startCustomers(chatwoot, { perSecond: times.perSecond, random: seededRandom(7) });
    const gaps: Gap[] = [];
    try {
      await delay(times.warmUpMs);
      for (const [fault, happens] of Object.entries(FAULTS)) {
        const from = Date.now();
        say(fault);
        await happens(world, times);
        gaps.push({ fault, from, to: Date.now() });
        say(`over: ${fault}`);
        await delay(times.betweenMs);
      }
    } finally {
      customers.stop();
    }
    const { written } = customers;
    say(`${written.length} messages were written`);
    const arrived = () => new Set(agent.records.received.map(({ messageId }) => messageId));
    await until(
      'everything has arrived',
      () => ((all) => written.every(({ id }) => all.has(id)))(arrived()),
      times.patienceMs,
    ).catch(() => undefined);
    say('the end');
    return accountFor(written, agent.records.received, gaps);
  } finally {
    if (process.env.FAULTS_LOG) for (const app of apps) process.stderr.write(app.output());
    for (const app of apps) await app.kill('SIGTERM');
    await Promise.all([chatwoot.stop(), agent.stop()]);
    await removeDataDir(dataDir);
  }
}
