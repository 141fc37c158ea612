import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { exampleMessageBody } from '../../app/sandbox/chatwoot/examples.ts';
import { startOwnPostgres, type OwnPostgres } from '../intake/own-postgres.ts';
import { freePort, startApp, type AppProcess } from '../support/app-process.ts';
import { startMuteProxy, type MuteProxy } from '../support/mute-proxy.ts';
import { makeQuickFolder } from '../support/quick-folder.ts';
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts';
import { until } from '../support/until.ts';

/** Two that take webhooks, two that deliver, one database, one Agent service. */
export interface FaultWorld {
  server: OwnPostgres;
  agent: AgentService;
  /** Web, web, worker, worker. */
  apps: AppProcess[];
  /** The ways between them. */
  links: {
    /** From each app to the database. */
    database: MuteProxy[];
    /** From the workers to the Agent service. */
    agent: MuteProxy;
    /** From all to Chatwoot, where nobody listens. */
    chatwoot: MuteProxy;
    /** From the sender to each web. */
    webs: MuteProxy[];
  };
  /** Those that the database, and the spools of the webs, lie on; null where nothing may be mounted. */
  disks: { database: SmallDisk; spools: SmallDisk[] } | null;
  /** Ends processes and starts their successors, on the same ports and folders. */
  kill(which: readonly number[], how?: Restart): Promise<void>;
  stop(): Promise<void>;
}

interface Restart {
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
  const [server, agent] = await Promise.all([
    startOwnPostgres(databaseDisk ? path.join(databaseDisk.folder, 'server') : undefined),
    startAgent(),
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
    [agent.url, 'http://127.0.0.1:9', ...homes.slice(0, 2).map(({ port }) => `http://127.0.0.1:${port}`)].map(
      startMuteProxy,
    ),
  );
  const start = (
    { role, folder, port, database }: (typeof homes)[number],
    { clockMs = 0, clockLaterMs, flags = [], root }: Restart,
  ) => {
    const preload = clockMs || clockLaterMs !== undefined ? [`--import=${CLOCK}`] : [];
    const env = {
      ROLE: role,
      PORT: String(port),
      METRICS_PORT: String(role === 'web' ? 0 : port),
      DATABASE_URL: database.url,
      DATABASE_POOL_MAX: '12',
      DATA_DIR: folder,
      AGENT_SDK_URL: toAgent!.url,
      CHATWOOT_BASE_URL: toChatwoot!.url,
      CHATWOOT_ACCOUNT_ID: '2',
      CHATWOOT_API_TOKEN: 'token',
      WEBHOOK_TIMEOUT_MS: '1500',
      CHATWOOT_WEBHOOK_MAX_ATTEMPTS: '20',
      CHATWOOT_WEBHOOK_BASE_DELAY_MS: '200',
      CHATWOOT_WEBHOOK_BACKOFF_FACTOR: '1.5',
      BREAKER_COOLDOWN_MS: '300',
      BREAKER_COOLDOWN_MAX_MS: '1000',
      CLOCK_SHIFT_MS: String(clockMs),
      CLOCK_SHIFT_LATER_MS: String(clockLaterMs ?? clockMs),
      NODE_OPTIONS: [...flags, ...preload].join(' '),
    };
    return startApp(env, [], root);
  };
  const apps = await Promise.all(homes.map((home) => start(home, first)));
  await Promise.all(apps.slice(0, 2).map((app) => app.ready()));
  const database = homes.map((home) => home.database);
  return {
    ...{ server, agent, apps },
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
      await agent.stop();
      await server.remove();
      for (const disk of [databaseDisk, ...spools]) await disk?.remove();
      for (const folder of [own, ...homes.map((home) => home.folder)])
        await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Sent {
  hash: string;
  conversation: number;
}

/** What the sender knows, and nobody else is asked. */
interface Sender {
  /** Answered 200, in the order in which they were written. */
  acknowledged: Sent[];
  /** Answers of the app that were no 200, by status. */
  refused: number[];
  stop(): Promise<void>;
}

const CONVERSATIONS = 6;
/** Chatwoot waits so long for an answer, posts each webhook once, and never again, ms. */
const PATIENCE_MS = 5000;

/** All that was ever written: no two events are alike. */
let written = 0;

/** Posts messages and changes of a few conversations, each event after the one before it was answered, by turns to both webs. */
export function startSender({ links }: FaultWorld, pauseMs: number): Sender {
  const acknowledged: Sent[] = [];
  const refused: number[] = [];
  let stopped = false;
  async function tell(conversation: number) {
    while (!stopped) {
      const n = ++written;
      const at = 1_790_064_905_000 + n * 1000;
      const body =
        conversation % 2 === 0
          ? exampleMessageBody({ conversationId: conversation, messageId: n, at })
          : JSON.stringify({
              event: 'conversation_updated',
              ...{ id: conversation, account: { id: 2 }, updated_at: at / 1000, changed_attributes: [] },
            });
      const answer = await fetch(new URL('/api/webhooks/chatwoot', links.webs[n % 2]!.url), {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body,
        signal: AbortSignal.timeout(PATIENCE_MS),
      }).catch(() => null);
      await answer?.text().catch(() => undefined);
      if (answer?.status === 200)
        acknowledged.push({ hash: createHash('sha256').update(body).digest('hex'), conversation });
      else if (answer) refused.push(answer.status);
      await delay(pauseMs);
    }
  }
  const telling = Array.from({ length: CONVERSATIONS }, (_, i) => tell(700 + i));
  return {
    ...{ acknowledged, refused },
    async stop() {
      stopped = true;
      await Promise.all(telling);
    },
  };
}

/** What a fault left behind, as the sender's and the Agent service's books tell, and the rows of the queue. */
export interface Harm {
  lost: number;
  outOfOrder: number;
  /** Came twice, under two ids. */
  twice: number;
  /** Neither final, nor due, nor leased by anybody who lives. */
  stuck: number;
}

export async function countHarm({ server, agent }: FaultWorld, sent: readonly Sent[]): Promise<Harm> {
  const ids = new Map<string, Set<string>>();
  const order: string[] = [];
  for (const { bodySha256, webhookId } of agent.records.received) {
    if (!ids.has(bodySha256)) order.push(bodySha256);
    ids.set(bodySha256, (ids.get(bodySha256) ?? new Set()).add(webhookId));
  }
  const place = new Map(sent.map(({ hash, conversation }, n) => [hash, { n, conversation }]));
  const newest = new Map<number, number>();
  let outOfOrder = 0;
  for (const hash of order) {
    const known = place.get(hash);
    if (!known) continue;
    if (known.n < (newest.get(known.conversation) ?? -1)) outOfOrder += 1;
    else newest.set(known.conversation, known.n);
  }
  return {
    lost: sent.filter(({ hash }) => !ids.has(hash)).length,
    outOfOrder,
    twice: [...ids.values()].filter((of) => of.size > 1).length,
    stuck: await countStuck(server),
  };
}

async function countStuck(server: OwnPostgres): Promise<number> {
  const client = new pg.Client({ connectionString: server.superuserUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM deliveries d LEFT JOIN leases l USING (seq)
       WHERE d.finished_at IS NULL AND (
         l.seq IS NULL AND d.due_at > now() + interval '10 minutes'
         OR l.seq IS NOT NULL AND NOT EXISTS (
           SELECT FROM processes p WHERE p.id = l.owner AND p.last_seen > now() - interval '30 seconds'))`,
    );
    return rows[0]!.n;
  } finally {
    await client.end();
  }
}

export const hasArrived = ({ agent }: FaultWorld, sent: readonly Sent[]): boolean => {
  const hashes = agent.records.bodyHashes();
  return sent.every(({ hash }) => hashes.has(hash));
};

/** What /readyz of the first web says is so: 503 while the database is away, 200 when it is there. */
export const saysReady = (world: FaultWorld, status: number, withinMs: number) =>
  until(
    `/readyz says ${status}`,
    async () => (await fetch(`${world.apps[0]!.url}/readyz`)).status === status,
    withinMs,
  );
