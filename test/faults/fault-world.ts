import { rm } from 'node:fs/promises';
import path from 'node:path';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { startOwnPostgres, type OwnPostgres } from '../intake/own-postgres.ts';
import { freePort, startApp, type AppProcess } from '../support/app-process.ts';
import { startMuteProxy, type MuteProxy } from '../support/mute-proxy.ts';
import { makeQuickFolder } from '../support/quick-folder.ts';
import { addPerson, signInOver } from '../support/sign-in.ts';
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts';

/** Two that take webhooks, two that deliver, one database, one Agent service. */
export interface FaultWorld {
  server: OwnPostgres;
  agent: AgentService;
  /** It has no webhook to this app and knows none of the conversations: the sender stands beside it. */
  chatwoot: Chatwoot;
  /** Web, web, worker, worker. */
  apps: AppProcess[];
  /** The ways between them. */
  links: {
    /** From each app to the database. */
    database: MuteProxy[];
    /** From the workers to the Agent service. */
    agent: MuteProxy;
    /** From all to Chatwoot. */
    chatwoot: MuteProxy;
    /** From the sender to each web. */
    webs: MuteProxy[];
  };
  /** Those that the database, and the spools of the webs, lie on; null where nothing may be mounted. */
  disks: { database: SmallDisk; spools: SmallDisk[] } | null;
  /** Of somebody who is signed in at each web and looks. */
  cookies: string[];
  /** Settings of all processes. */
  env: Record<string, string>;
  /** Ends processes and starts their successors, on the same ports and folders. */
  kill(which: readonly number[], how?: Restart): Promise<void>;
  stop(): Promise<void>;
}

export interface Restart {
  /** SIGKILL unless told otherwise. */
  signal?: NodeJS.Signals;
  /** How far the successors' clocks are ahead, and will be after SIGUSR2, ms. */
  clockMs?: number;
  clockLaterMs?: number;
  /** Of node. */
  flags?: string[];
  /** Of another release; this one unless told otherwise. */
  root?: string;
}

const ROLES = ['web', 'web', 'worker', 'worker'];
const CLOCK = path.resolve(import.meta.dirname, '../support/shifted-clock.ts');
/** Write-ahead log is kept for reuse, 512 MB of it. */
const DATABASE_MIB = 3072;
const SPOOL_MIB = 64;

/** @param first how the first processes are started */
export async function startFaultWorld(first: Restart = {}): Promise<FaultWorld> {
  const own = await makeQuickFolder('own');
  const databaseDisk = await mountSmallDisk(path.join(own, 'disk'), DATABASE_MIB);
  const [server, agent, chatwoot] = await Promise.all([
    startOwnPostgres(databaseDisk ? path.join(databaseDisk.folder, 'server') : undefined),
    startAgent(),
    startChatwoot(),
  ]);
  const homes = await Promise.all(
    ROLES.map(async (role) => ({
      ...{ role, folder: await makeQuickFolder('faults'), port: await freePort() },
      database: await startMuteProxy(server.url),
    })),
  );
  const spools = await Promise.all(
    homes.slice(0, 2).map(({ folder }) => mountSmallDisk(path.join(folder, 'spool'), SPOOL_MIB)),
  );
  const [toAgent, toChatwoot, ...toWebs] = await Promise.all(
    [agent.url, chatwoot.url, ...homes.slice(0, 2).map(({ port }) => `http://127.0.0.1:${port}`)].map(
      startMuteProxy,
    ),
  );
  const common = {
    AGENT_SDK_URL: toAgent!.url,
    CHATWOOT_BASE_URL: toChatwoot!.url,
    CHATWOOT_ACCOUNT_ID: String(chatwoot.accountId),
    CHATWOOT_API_TOKEN: chatwoot.apiToken,
    WEBHOOK_TIMEOUT_MS: '1500',
    CHATWOOT_WEBHOOK_MAX_ATTEMPTS: '20',
    CHATWOOT_WEBHOOK_BASE_DELAY_MS: '200',
    CHATWOOT_WEBHOOK_BACKOFF_FACTOR: '1.5',
    BREAKER_COOLDOWN_MS: '300',
    BREAKER_COOLDOWN_MAX_MS: '1000',
  };
  const start = (
    { role, folder, port, database }: (typeof homes)[number],
    { clockMs = 0, clockLaterMs, flags = [], root }: Restart,
  ) => {
    const preload = clockMs || clockLaterMs !== undefined ? [`--import=${CLOCK}`] : [];
    const env = {
      ...common,
      ROLE: role,
      PORT: String(port),
      METRICS_PORT: String(role === 'web' ? 0 : port),
      DATABASE_URL: database.url,
      DATABASE_POOL_MAX: '12',
      DATA_DIR: folder,
      CLOCK_SHIFT_MS: String(clockMs),
      CLOCK_SHIFT_LATER_MS: String(clockLaterMs ?? clockMs),
      NODE_OPTIONS: [...flags, ...preload].join(' '),
    };
    return startApp(env, [], root);
  };
  const apps = await Promise.all(homes.map((home) => start(home, first)));
  await Promise.all(apps.slice(0, 2).map((app) => app.ready()));
  const viewer = await addPerson(server.url, 'viewer');
  const cookies = await Promise.all(apps.slice(0, 2).map((app) => signInOver(app.url, viewer)));
  const database = homes.map((home) => home.database);
  return {
    ...{ server, agent, chatwoot, apps, cookies },
    env: common,
    links: { database, agent: toAgent!, chatwoot: toChatwoot!, webs: toWebs },
    disks: databaseDisk && {
      database: databaseDisk,
      spools: spools.filter((disk) => disk !== null),
    },
    async kill(which, how = {}) {
      await Promise.all(
        which.map(async (n) => {
          await apps[n]!.kill(how.signal ?? 'SIGKILL');
          apps[n] = await start(homes[n]!, how);
        }),
      );
    },
    async stop() {
      await Promise.all(apps.map((app) => app.kill('SIGTERM')));
      await Promise.all([...database, ...toWebs, toAgent!, toChatwoot!].map((proxy) => proxy.stop()));
      await Promise.all([agent.stop(), chatwoot.stop()]);
      await server.remove();
      for (const disk of [databaseDisk, ...spools]) await disk?.remove();
      for (const folder of [own, ...homes.map((home) => home.folder)])
        await rm(folder, { recursive: true, force: true });
    },
  };
}
