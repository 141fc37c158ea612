import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { sign } from '../intake/intake-server.ts';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';

const SECRET = 'of-this-test';
const MB = 1 << 20;
/** As large as a webhook may be by default, but for the fields around the text. */
const LARGEST = 10 * MB - 4096;
const COUNT = 20;

let services: TestServices;
let agent: AgentService;
let chatwoot: Chatwoot;
let app: AppProcess;

beforeAll(async () => {
  services = await createTestServices();
  agent = await startAgent();
  chatwoot = await startChatwoot();
  app = await startApp({
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: services.dataDir,
    CHATWOOT_WEBHOOK_SECRET: SECRET,
    AGENT_SDK_URL: agent.url,
    CHATWOOT_BASE_URL: chatwoot.url,
    CHATWOOT_ACCOUNT_ID: String(chatwoot.accountId),
    CHATWOOT_API_TOKEN: chatwoot.apiToken,
    BREAKER_COOLDOWN_MS: '1000',
    BREAKER_COOLDOWN_MAX_MS: '1000',
  });
  await app.ready();
});
afterAll(async () => {
  await app?.kill('SIGTERM');
  await Promise.all([agent?.stop(), chatwoot?.stop()]);
  await services?.close();
});

let message = 0;

/** An e-mail of so many bytes, of a conversation of its own, that no compression makes small. @returns its hash, and how long it took, ms */
async function send(bytes: number): Promise<{ hash: string; ms: number }> {
  message += 1;
  const id = message;
  const text = `${id} \\u003cp\\u003e ü😀 `;
  const body = Buffer.from(
    JSON.stringify({
      event: 'message_created',
      id,
      message_type: 'incoming',
      content_type: 'incoming_email',
      content: text + randomBytes(Math.ceil((bytes - text.length) * 0.75)).toString('base64'),
      created_at: new Date().toISOString(),
      account: { id: chatwoot.accountId },
      conversation: { id, status: 'open', created_at: Math.floor(Date.now() / 1000) },
    }),
  );
  const timestamp = String(Math.floor(Date.now() / 1000));
  const start = performance.now();
  const answer = await fetch(`${app.url}/api/webhooks/chatwoot`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'X-Chatwoot-Timestamp': timestamp,
      'X-Chatwoot-Signature': sign(SECRET, timestamp, body.toString()),
    },
    body,
  });
  const ms = performance.now() - start;
  // Kept; on a busy machine the database may take longer than a webhook waits for it.
  expect([answer.status, ((await answer.json()) as { status: string }).status]).toEqual([
    200,
    expect.stringMatching(/^(accepted|spooled)$/),
  ]);
  return { hash: createHash('sha256').update(body).digest('hex'), ms };
}

async function memoryMb(): Promise<number> {
  const status = await readFile(`/proc/${app.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
}

const delivered = () => agent.records.received.map(({ bodySha256 }) => bodySha256);
const arrived = (hashes: readonly string[]) =>
  until(
    'all have arrived',
    () => ((all) => hashes.every((hash) => all.has(hash)))(new Set(delivered())),
    240_000,
  );

test('twenty webhooks of 10 MiB that wait at once are delivered byte for byte, each once, and memory stays bounded', async () => {
  const [small, first] = [await send(0.9 * MB), await send(LARGEST)];
  await arrived([small.hash, first.hash]);
  const before = await memoryMb();
  let most = before;
  const look = async () => {
    most = Math.max(most, await memoryMb());
  };
  const watch = setInterval(() => void look().catch(() => undefined), 50);
  onTestFinished(() => clearInterval(watch));
  await agent.setMode('down');
  const hashes: string[] = [];
  while (hashes.length < COUNT) {
    const sent = await Promise.all([send(LARGEST), send(LARGEST)]);
    hashes.push(...sent.map(({ hash }) => hash));
  }
  const taken = most;
  await agent.setMode('ok');
  await arrived(hashes);
  const words = `0.9 MB ${small.ms.toFixed(0)} ms, 10 MiB ${first.ms.toFixed(0)} ms; ${before.toFixed(0)} MB, ${taken.toFixed(0)} while they came, ${most.toFixed(0)} at most`;
  console.info(words);
  const sent = delivered();
  expect(hashes.map((hash) => sent.filter((one) => one === hash).length)).toEqual(hashes.map(() => 1));
  // All of them at once would be 200 MB of bytes, 400 of the text in which they come from the database, and what is made of them.
  expect(most - before, words).toBeLessThan(450);
}, 600_000);
