import { execFile, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { startAgent } from '../../app/sandbox/agent/agent.ts';
import { exampleMessageBody } from '../../test/support/examples.ts';
import { chatwootSignature, newSecret } from '../../app/sandbox/chatwoot/webhooks/payloads.ts';
import { freePort } from '../../test/support/app-process.ts';
import { removeDataDir } from '../../test/support/data-dir.ts';
import { until } from '../../test/support/until.ts';
import { postForm } from './forms.ts';
import { expectThat, walk, type Walk } from './walk.ts';

const run = promisify(execFile);
const HERE = path.resolve(import.meta.dirname, '../..');
/** The last release without containers, backups and upgrades. */
const OLDEST = '0016450^';
const MINUTE_MS = 60_000;
/** Webhooks on their way at once. */
const SENDERS = 32;

await walk(
  'From an earlier release, with its webhooks in its own database, to this one (--from COMMIT, --events N)',
  ['from', 'events'],
  async (walk) => {
    const { from = OLDEST, events = walk.short ? '1000' : '100000' } = walk.given;
    const many = Number(events);
    expectThat(Number.isSafeInteger(many) && many >= 100, '--events is a whole number of 100 at least.');
    const folder = await mkdtemp(path.join(tmpdir(), 'outage-center-walk-'));
    await chmod(folder, 0o711);
    walk.later(() => rm(folder, { recursive: true, force: true }));
    const earlier = path.join(folder, 'earlier');
    await walk.step(`The release of ${from} is installed and built`, () =>
      install(from, earlier, walk.short),
    );

    const agent = await startAgent({ receivedCap: 1 });
    walk.later(() => agent.stop());
    const dataDir = path.join(folder, 'data');
    walk.later(() => removeDataDir(dataDir));
    const port = await freePort();
    const secret = newSecret();
    const url = `http://127.0.0.1:${port}`;
    const env = {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_ENV: 'production',
      LOG_LEVEL: 'warn',
      DATA_DIR: dataDir,
      PORT: String(port),
      AGENT_SDK_URL: agent.url,
      // Nobody listens there: this walk is about what is here.
      CHATWOOT_BASE_URL: 'http://127.0.0.1:9',
      CHATWOOT_ACCOUNT_ID: '2',
      CHATWOOT_API_TOKEN: 'token',
      CHATWOOT_WEBHOOK_SECRET: secret,
    } as const;
    const start = (root: string) => startApp(walk, root, env);
    const ops = (command: string, ...args: string[]) =>
      run(process.execPath, [`app/cli/${command}.ts`, ...args], { cwd: HERE, env });
    let written = 0;
    const write = async (count: number) => {
      const last = written + count;
      const send = async () => {
        while (written < last) await postWebhook(url, secret, ++written);
      };
      await Promise.all(Array.from({ length: Math.min(SENDERS, count) }, send));
    };

    const old = await walk.step('It runs as its users run it', () => start(earlier));
    const person = { email: 'lead@example.com', password: 'a long walk along the pier' };
    await walk.step('The link in its log makes the first admin', async () => {
      const link = await until('a link', () => /http:\S+\/setup\/\S+/.exec(old.log())?.[0]);
      await postForm(link, { ...person, name: 'Lena Lead', again: person.password });
    });
    await walk.step(`${many} webhooks come and are delivered`, async () => {
      await write(many);
      await until('all are delivered', () => agent.records.distinctCount() === many, 30 * MINUTE_MS);
    });
    await walk.step('The Agent service goes down, and 100 more are kept', async () => {
      await agent.setMode('down');
      await write(100);
    });
    await walk.step('The earlier release ends in good order', () => old.stop());
    const next = await walk.step('This one starts on what is there', () => start(HERE));
    await walk.step('Every webhook is on its ledger, and the audit log is as it was written', async () => {
      const { ledger } = JSON.parse((await ops('status', '--json')).stdout) as {
        ledger: { received: number; delivered: number; balanced: boolean };
      };
      expectThat(
        ledger.received === many + 100 && ledger.delivered === many && ledger.balanced,
        `The ledger says ${JSON.stringify(ledger)}.`,
      );
      await ops('verify-audit');
    });
    await walk.step('The Agent service is back: what was kept arrives, each once', async () => {
      await agent.setMode('ok');
      await write(1);
      await until('all are there', () => agent.records.distinctCount() === written, 5 * MINUTE_MS);
      expectThat(agent.records.duplicateCount() === 0, 'Some came twice.');
    });
    await walk.step('The admin of before signs in', () => postForm(`${url}/sign-in`, person));
    await walk.step('A backup is made', () => ops('backup', '--to', path.join(folder, 'one.backup')));
    await walk.step('This one ends in good order', () => next.stop());
    await walk.step('A backup is put back over it, and is whole', async () => {
      await ops('restore', '--from', path.join(folder, 'one.backup'), '--replace');
      await ops('status', '--json');
    });
  },
);

/** A release in a folder of its own, as its README says; in the short form with the packages of this one. */
async function install(commit: string, folder: string, short: boolean): Promise<void> {
  await run('sh', ['-c', `mkdir -p '${folder}' && git archive '${commit}' | tar x -C '${folder}'`], {
    cwd: HERE,
  });
  const env = { PATH: process.env.PATH, HOME: process.env.HOME } as Partial<NodeJS.ProcessEnv>;
  const npm = (...args: string[]) =>
    run('npm', args, { cwd: folder, env: env as NodeJS.ProcessEnv, maxBuffer: 1e8 });
  if (short) {
    await symlink(path.join(HERE, 'node_modules'), path.join(folder, 'node_modules'));
    await npm('run', '-s', 'generate');
  } else await npm('ci');
  await npm('run', '-s', 'build');
}

interface Running {
  log(): string;
  /** @throws when it does not end by itself within 10 s of SIGTERM, with code 0 */
  stop(): Promise<void>;
}

/** @throws when it is not ready within five minutes: it may have much to migrate */
async function startApp(walk: Walk, root: string, env: Readonly<NodeJS.ProcessEnv>): Promise<Running> {
  const app = spawn(process.execPath, ['--max-semi-space-size=16', 'app/server/main.ts'], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [app.stdout, app.stderr])
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => app.once('close', resolve));
  const running: Running = {
    log: () => said,
    async stop() {
      const since = performance.now();
      app.kill('SIGTERM');
      const code = await ended;
      const seconds = (performance.now() - since) / 1000;
      expectThat(code === 0 && seconds < 11, `Ended with ${code} after ${seconds.toFixed(1)} s: ${said}`);
    },
  };
  walk.later(() => app.exitCode === null && app.kill('SIGKILL') && ended);
  walk.evidence(() => said);
  await until(
    'it is ready',
    async () => app.exitCode !== null || (await fetch(`http://127.0.0.1:${env.PORT}/readyz`)).status === 200,
    5 * MINUTE_MS,
  );
  expectThat(app.exitCode === null, `It ended: ${said}`);
  return running;
}

/** A customer's message, posted as Chatwoot does. @throws when it is not acknowledged */
async function postWebhook(url: string, secret: string, n: number): Promise<void> {
  const body = exampleMessageBody({ conversationId: n % 500, messageId: n });
  const timestamp = String(Math.floor(Date.now() / 1000));
  const answer = await fetch(`${url}/api/webhooks/chatwoot`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'X-Chatwoot-Timestamp': timestamp,
      'X-Chatwoot-Signature': chatwootSignature(secret, timestamp, body),
    },
    body,
  });
  await answer.body?.cancel();
  expectThat(answer.status === 200, `A webhook was answered ${answer.status}.`);
}
