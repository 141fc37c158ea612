import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { createServer as createTlsServer } from 'node:https';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import pg from 'pg';
import { generate } from 'selfsigned';
import { parse } from 'yaml';
import { openEmbeddedPostgres } from '../../app/lib/embedded-postgres/embedded-postgres.server.ts';
import { startAgent } from '../../app/sandbox/agent/agent.ts';
import { startChatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { freePort } from '../../test/support/app-process.ts';
import { until } from '../../test/support/until.ts';
import { postForm } from './forms.ts';
import { buildImage, mayContain, runContainer, type Container, type Image } from './image.ts';
import { expectThat, walk, type Walk } from './walk.ts';

const DOCKERFILE = 'deploy/Dockerfile';
const COMPOSE = 'deploy/compose.yaml';
/** The image's own, and a number as OpenShift gives one; group 0. */
const ACCOUNTS = { web: undefined, worker: '1000720000:0' };
const PASSWORD = 'a long walk along the pier';
const MINUTE_MS = 60_000;
const STATUS = ['node', 'app/cli/status.ts', '--json'];

interface Service {
  environment: Record<string, string>;
  volumes: string[];
}

await walk(
  'From an empty directory to web and worker in containers behind TLS, with backups by the clock, and back from one of them',
  [],
  async (walk) => {
    expectThat(mayContain(), 'This needs root on Linux, where it may mount.');
    const folder = await mkdtemp(path.join(tmpdir(), 'outage-center-walk-'));
    await chmod(folder, 0o711);
    walk.later(() => rm(folder, { recursive: true, force: true }));
    const image = await walk.step(`The image is built by the steps of ${DOCKERFILE}`, () =>
      buildImage(DOCKERFILE, path.join(folder, 'image'), walk.short ? path.resolve('node_modules') : null),
    );
    await goOn(walk, image, folder);
  },
);

async function goOn(walk: Walk, image: Image, folder: string): Promise<void> {
  const compose = parse(await readFile(COMPOSE, 'utf8'), { merge: true }) as {
    services: { web: Service; worker: Service };
  };
  const postgres = await walk.step('PostgreSQL runs, with a database for it and an empty one', () =>
    startPostgres(walk, path.join(folder, 'postgres')),
  );
  const agent = await startAgent();
  walk.later(() => agent.stop());
  const chatwoot = await startChatwoot();
  walk.later(() => chatwoot.stop());
  const [webPort, workerPort] = [await freePort(), await freePort()];
  const https = await walk.step('A proxy with a certificate stands before it', () =>
    startTlsProxy(walk, webPort),
  );
  const dotEnv = {
    AGENT_SDK_URL: agent.url,
    CHATWOOT_BASE_URL: chatwoot.url,
    CHATWOOT_ACCOUNT_ID: String(chatwoot.accountId),
    CHATWOOT_API_TOKEN: 'sandbox-user-token',
    APP_URL: https,
    TRUSTED_PROXIES: '1',
    BACKUP_INTERVAL: '1m',
    BACKUP_KEY: 'kept somewhere else entirely',
  };

  /** A container of the compose file, its volumes below `house`. */
  const run = (
    name: 'web' | 'worker',
    house: string,
    how: { url: string; command?: string[] },
  ): Container => {
    const service = compose.services[name];
    const container = runContainer(image, {
      user: ACCOUNTS[name],
      command: how.command,
      env: {
        ...dotEnv,
        ...service.environment,
        // What differs without a network of its own.
        DATABASE_URL: how.url,
        PORT: String(name === 'web' ? webPort : workerPort),
        METRICS_PORT: name === 'web' ? '0' : String(workerPort),
      },
      volumes: Object.fromEntries(
        service.volumes.map((line) => {
          const [volume, to] = line.split(':');
          return [to!, path.join(folder, house, volume!)];
        }),
      ),
    });
    walk.later(() => container.stop());
    walk.evidence(() => container.log());
    return container;
  };
  /** A command in a container that is there only for it. @throws what it says when it fails */
  const exec = async (name: 'web' | 'worker', house: string, url: string, command: string[]) => {
    const container = run(name, house, { url, command });
    const [code] = (await once(container.process, 'close')) as [number | null];
    expectThat(code === 0, `${command.join(' ')} ended with ${code}: ${container.log()}`);
    return container.log();
  };
  const isReady = (container: Container, port: number) =>
    until(
      'it is ready',
      async () => {
        if (container.process.exitCode !== null) return true;
        return (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 200;
      },
      MINUTE_MS,
    ).then(() => expectThat(container.process.exitCode === null, `It ended: ${container.log()}`));
  const house = 'volumes';
  const [web, worker] = await walk.step(
    'Web and worker are up: read-only, no capabilities, each under a number of its own',
    async () => {
      const both = [
        run('web', house, { url: postgres.url }),
        run('worker', house, { url: postgres.url }),
      ] as const;
      await Promise.all([isReady(both[0], webPort), isReady(both[1], workerPort)]);
      return both;
    },
  );
  await walk.step('The image calls it healthy', () => exec('web', house, postgres.url, image.healthcheck));
  const person = { email: 'lead@example.com', password: PASSWORD };
  await walk.step('The link in the log makes the first admin, over https', async () => {
    const link = await until('a link', () => /https:\S+\/setup\/\S+/.exec(web.log())?.[0]);
    const cookies = await postForm(link, { ...person, name: 'Lena Lead', again: PASSWORD });
    expectThat(
      cookies.length > 0 && cookies.every((one) => /; Secure/i.test(one)),
      'The cookie is not Secure.',
    );
  });
  await walk.step('It connects to Chatwoot, and a test message comes back through the proxy', () =>
    exec('web', house, postgres.url, ['node', 'app/cli/connect-chatwoot.ts']),
  );
  const written = walk.short ? 20 : 2000;
  await walk.step(`${written} messages of customers arrive at the Agent service`, async () => {
    chatwoot.traffic.emit(written);
    await until(
      'every webhook has been acknowledged and delivered',
      () => {
        const { waiting, failed, acknowledged } = chatwoot.webhooks.counts();
        expectThat(failed === 0, `${failed} were refused.`);
        return waiting === 0 && agent.records.distinctCount() >= acknowledged;
      },
      5 * MINUTE_MS,
    );
  });
  const backups = path.join(folder, house, 'backups');
  const newest = await walk.step('A backup is made by the clock, and encrypted', async () => {
    const since = Date.now();
    return until(
      'a backup of after the messages',
      async () => {
        const names = (await readdir(backups)).filter((name) => name.endsWith('.backup')).sort();
        const last = names.at(-1);
        return last && timeOf(last) > since ? path.join('/backups', last) : null;
      },
      3 * MINUTE_MS,
    );
  });
  const before = await statusOf(() => exec('worker', house, postgres.url, STATUS));
  await walk.step('Both end within 10 s of SIGTERM, in good order', async () => {
    for (const container of [web, worker]) {
      const { code, seconds } = await container.stop();
      expectThat(code === 0 && seconds < 10, `Ended with ${code} after ${seconds} s: ${container.log()}`);
    }
  });
  await walk.step('The backup is put back: another database, other volumes', async () => {
    // The volume of the backups is all that is left.
    await mkdir(path.join(folder, 'elsewhere'));
    await rename(backups, path.join(folder, 'elsewhere', 'backups'));
    await exec('worker', 'elsewhere', postgres.other, ['node', 'app/cli/restore.ts', '--from', newest]);
    const after = await statusOf(() => exec('worker', 'elsewhere', postgres.other, STATUS));
    expectThat(
      after.delivered === before.delivered && after.received === before.received,
      `Before: ${JSON.stringify(before)}. Restored: ${JSON.stringify(after)}.`,
    );
    await exec('worker', 'elsewhere', postgres.other, ['node', 'app/cli/verify-audit.ts']);
  });
  await walk.step('It runs from there: the admin signs in, the next message arrives', async () => {
    const next = run('web', 'elsewhere', { url: postgres.other });
    const work = run('worker', 'elsewhere', { url: postgres.other });
    await Promise.all([isReady(next, webPort), isReady(work, workerPort)]);
    await postForm(`${https}/sign-in`, person);
    await exec('web', 'elsewhere', postgres.other, ['node', 'app/cli/connect-chatwoot.ts']);
    const known = agent.records.distinctCount();
    chatwoot.traffic.emit(1);
    await until('it arrives', () => agent.records.distinctCount() > known, MINUTE_MS);
  });
}

async function statusOf(exec: () => Promise<string>): Promise<{ received: number; delivered: number }> {
  const { ledger } = JSON.parse(await exec()) as { ledger: { received: number; delivered: number } };
  return ledger;
}

/** When a backup was begun, by its name. */
function timeOf(name: string): number {
  const [, date, time] = /(\d{8})T(\d{6})Z/.exec(name) ?? [];
  return Date.parse(
    `${date?.replace(/(....)(..)(..)/, '$1-$2-$3')}T${time?.replace(/(..)(..)(..)/, '$1:$2:$3')}Z`,
  );
}

/** The server of the compose file; containers reach it over TCP. */
async function startPostgres(walk: Walk, folder: string): Promise<{ url: string; other: string }> {
  const server = await openEmbeddedPostgres(folder);
  walk.later(() => server.stop());
  const { username, password, hostname } = new URL(server.url);
  const socket = path.join(decodeURIComponent(hostname), '.s.PGSQL.5432');
  const forward = createServer((client) => {
    const upstream = connect(socket);
    client.pipe(upstream).pipe(client);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const)
      one.on('error', () => other.destroy());
  }).listen(0, '127.0.0.1');
  await once(forward, 'listening');
  walk.later(() => forward.close());
  const { port } = forward.address() as { port: number };
  const to = (database: string) => `postgresql://${username}:${password}@127.0.0.1:${port}/${database}`;
  const client = new pg.Client({ connectionString: to('postgres') });
  await client.connect();
  await client.query('CREATE DATABASE in_use');
  await client.query('CREATE DATABASE restored');
  await client.end();
  return { url: to('in_use'), other: to('restored') };
}

/** Stands for Caddy: ends TLS, and says who asked. @returns its address, which this process trusts */
async function startTlsProxy(walk: Walk, port: number): Promise<string> {
  const pems = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  const proxy = createTlsServer({ key: pems.private, cert: pems.cert }, (from, back) => {
    const headers = {
      ...from.headers,
      'x-forwarded-for': from.socket.remoteAddress,
      'x-forwarded-proto': 'https',
    };
    const to = request(
      { host: '127.0.0.1', port, method: from.method, path: from.url, headers },
      (answer) => {
        back.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(back);
      },
    );
    to.on('error', () => back.destroy());
    from.pipe(to);
  }).listen(0);
  await once(proxy, 'listening');
  walk.later(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  setDefaultCACertificates([...getCACertificates(), pems.cert]);
  return `https://localhost:${(proxy.address() as { port: number }).port}`;
}
