import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { drillDatabaseUrl } from '../features/drill/drill-database.server.ts';
import type { Breakage } from '../features/drill/scenarios.ts';
import {
  type DrillWorld,
  furnishWorld,
  worldConfig,
  type WorldOrder,
  type WorldPlace,
} from '../features/drill/world.server.ts';
import { planProbes } from '../features/health/probes/probe.ts';
import { openIntake } from '../features/intake/open-intake.server.ts';
import { openChatwootClock } from '../lib/chatwoot/clock.server.ts';
import { openChanges } from '../lib/database/changes.server.ts';
import { type Database, openDatabase } from '../lib/database/database.server.ts';
import { createMetrics } from '../lib/metrics.server.ts';
import type { Services } from '../lib/services.server.ts';
import { startHeartbeat } from '../worker/heartbeat.server.ts';
import { startWorker } from '../worker/start-worker.server.ts';
import { webhookEndpoint } from './webhook-endpoint.ts';

/** What the sandbox's process says when it is up; app/sandbox/drill.ts has the same. */
type Sandbox = WorldPlace['sandbox'] & { controlUrl: string };

/** Database and sandbox have this long to come up, ms. */
const SET_UP_MS = 30_000;
/** Messages of invented customers in a drill minute, and the most of them in a real one: the app itself has work to do. */
const PACE = 6;
const MOST_A_MINUTE = 240;
/** The app itself has work to do, over connections of its own. */
const CONNECTIONS = 12;
const SANDBOX = path.resolve(import.meta.dirname, '../sandbox/drill.ts');

/**
 * Sets up what a drill is played in: a database of its own, a sandbox in a process of its own, and in this process the
 * ordinary worker and the ordinary intake over them. The simulated services are never a part of the app itself.
 */
export async function openDrillWorld(real: Services, order: WorldOrder): Promise<DrillWorld> {
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const step of undo.reverse().splice(0)) await step();
  };
  try {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'outage-center-drill-'));
    undo.push(() => rm(dataDir, { recursive: true, force: true }));
    const gate = await openGate();
    undo.push(() => gate.close());
    const { process: child, sandbox } = await startSandbox(
      `${gate.url}/api/webhooks/chatwoot`,
      Math.min(MOST_A_MINUTE, Math.round(PACE * order.speed)),
    );
    undo.push(() => end(child));

    const databaseUrl = drillDatabaseUrl(real.db.url, order.database);
    const log = real.log.child({ drill: order.drillId });
    const db = openDatabase({ databaseUrl, dataDir, poolMax: CONNECTIONS, log });
    undo.push(() => db.stop());
    await inTime(db);
    await furnishWorld(db.pool, real.db.pool, order, db.clock.now());

    const config = worldConfig(real.config, { ...order, databaseUrl, dataDir, sandbox });
    const processId = randomUUID();
    const changes = openChanges(db, processId);
    undo.push(() => changes.stop());
    const chatwootClock = openChatwootClock(db);
    const services: Services = {
      config,
      log,
      db,
      changes,
      metrics: createMetrics(),
      chatwootClock,
      processId,
    };
    const heartbeat = startHeartbeat(services, () => undefined);
    undo.push(() => heartbeat.stop());
    const intake = openIntake(services);
    undo.push(() => intake.stop());
    gate.lead(webhookEndpoint(intake, services));
    const worker = startWorker(services, {
      plans: planProbes({ ...config, APP_URL: gate.url, SMTP_URL: undefined }),
      cron: false,
    });
    undo.push(() => worker.stop());
    return {
      services,
      stop,
      async behave({ chatwoot, agent, intake: way }: Breakage) {
        await command(sandbox, '/chatwoot', chatwoot ?? { mode: 'ok' });
        await command(sandbox, '/agent', agent ?? { mode: 'ok' });
        await (way === 'closed' ? gate.shut() : gate.open());
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startSandbox(
  webhookUrl: string,
  pace: number,
): Promise<{ process: ChildProcess; sandbox: Sandbox }> {
  const child = fork(SANDBOX, [webhookUrl, String(pace)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // The app's own secrets are none of its business.
    env: { NODE_ENV: process.env.NODE_ENV, PATH: process.env.PATH },
    execArgv: [],
  });
  const signal = AbortSignal.timeout(SET_UP_MS);
  const gone = once(child, 'exit', { signal }).then(() => null);
  const said = await Promise.race([once(child, 'message', { signal }), gone]).catch(() => null);
  if (said) return { process: child, sandbox: said[0] as Sandbox };
  child.kill('SIGKILL');
  throw new Error('The sandbox of the drill did not start.');
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function inTime(db: Database): Promise<void> {
  const late = AbortSignal.timeout(SET_UP_MS);
  await Promise.race([
    db.ready,
    once(late, 'abort').then(() => {
      throw new Error(
        `The database of the drill did not come up. ${db.status().trouble?.sentence ?? 'No answer.'}`,
      );
    }),
  ]);
}

async function command({ controlUrl }: Sandbox, where: string, body: object): Promise<void> {
  const answer = await fetch(controlUrl + where, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(5000),
  });
  await answer.body?.cancel();
  if (!answer.ok) throw new Error(`The sandbox of the drill did not take a command (${answer.status}).`);
}

type Endpoint = (request: IncomingMessage, response: ServerResponse) => boolean;

/** The way from outside to the webhook endpoint of a drill: it can be shut, and then every connection is refused. */
async function openGate() {
  let endpoint: Endpoint | null = null;
  const server = createServer((request, response) => {
    if (!endpoint?.(request, response)) response.writeHead(404).end();
  });
  async function listen(port: number) {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }
  async function shut() {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }
  const port = await listen(0);
  return {
    url: `http://127.0.0.1:${port}`,
    /** To what is behind it; nothing to begin with. */
    lead: (to: Endpoint) => void (endpoint = to),
    async open() {
      if (!server.listening) await listen(port);
    },
    shut,
    close: shut,
  };
}
