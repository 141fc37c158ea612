import { fork, type ChildProcess } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { applyMigrations } from '../../app/lib/database/migrate.server.ts';
import { until } from '../support/until.ts';
import { emptyTables, queryOf, range, spoolFiles, storedIdsOf } from './inbox-contents.ts';
import { post } from './intake-server.ts';
import { startOwnPostgres, type OwnPostgres } from './own-postgres.ts';
import { messageCreated } from './samples.ts';

let postgres: OwnPostgres;

beforeAll(async () => {
  postgres = await startOwnPostgres();
  await applyMigrations(new pg.Client(postgres.url));
});
afterAll(() => postgres?.remove());
beforeEach(() => emptyTables(postgres.url));

const query = <T extends object>(sql: string, values: unknown[] = []) =>
  queryOf<T>(postgres.url, sql, values);
const storedIds = () => storedIdsOf(postgres.url);

describe('a process that is killed or stopped', () => {
  let dataDir: string;
  const children = new Set<ChildProcess>();
  let output = '';

  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'outage-center-killed-'));
    output = '';
    return async () => {
      for (const child of children) await kill(child);
      await rm(dataDir, { recursive: true, force: true });
    };
  });

  async function startProcess(timeoutMs = 400): Promise<{ child: ChildProcess; url: string }> {
    const child = fork(path.join(import.meta.dirname, 'intake-process.ts'), {
      env: {
        NODE_ENV: 'test',
        PATH: process.env.PATH,
        DATA_DIR: dataDir,
        DATABASE_URL: postgres.url,
        DATABASE_TIMEOUT_MS: String(timeoutMs),
        CHATWOOT_WEBHOOK_ALLOW_UNSIGNED: 'true',
      },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    children.add(child);
    child.stdout!.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const url = await new Promise<string>((resolve, reject) => {
      child.once('message', (message) => resolve(message as string));
      child.once('exit', () => reject(new Error(`the intake process did not start: ${output}`)));
    });
    return { child, url };
  }
  async function kill(child: ChildProcess) {
    children.delete(child);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  test('in an outage: the next one imports what it acknowledged, once, before anything newer; a torn record is cut off', async () => {
    await postgres.kill();
    const first = await startProcess();
    for (const id of range(1, 30))
      expect((await post(first.url, messageCreated(id))).json.status).toBe('spooled');
    await kill(first.child);
    const [file] = await spoolFiles(dataDir);
    const bytes = await readFile(path.join(dataDir, 'spool', file!));
    await appendFile(path.join(dataDir, 'spool', file!), bytes.subarray(0, 300));

    const second = await startProcess();
    for (const id of range(31, 40))
      expect((await post(second.url, messageCreated(id))).json.status).toBe('spooled');
    await postgres.start();
    await until('everything is imported', async () => (await spoolFiles(dataDir)).length === 0, 40_000);
    expect((await post(second.url, messageCreated(41))).json.status).toBe('accepted');
    expect(await storedIds()).toEqual(range(1, 41));
    expect(output).toContain('torn last record');
  });

  test('in the middle of the import, again and again: each record goes in once, in order', async () => {
    await postgres.kill();
    let { child, url } = await startProcess();
    const total = 4000;
    for (let id = 1; id <= total; id += 50)
      for (const answer of await Promise.all(range(id, id + 49).map((one) => post(url, messageCreated(one)))))
        expect(answer.status).toBe(200);
    await kill(child);
    await postgres.start();
    for (let round = 0; round < 4; round += 1) {
      const [{ n } = { n: 0 }] = await query<{ n: number }>('SELECT count(*)::int AS n FROM webhook_events');
      ({ child, url } = await startProcess());
      await until('some more is imported', async () => {
        const [row] = await query<{ n: number }>('SELECT count(*)::int AS n FROM webhook_events');
        return row!.n > n || row!.n === total;
      });
      await kill(child);
    }
    await startProcess();
    await until('everything is imported', async () => (await spoolFiles(dataDir)).length === 0);
    const stored = await storedIds();
    expect(stored).toHaveLength(total);
    expect([...stored].sort((a, b) => a - b)).toEqual(range(1, total));
    // Fifty were sent at a time: among themselves they have no order, but no group passes another.
    const groups = stored.map((id) => Math.ceil(id / 50));
    expect(groups).toEqual([...groups].sort((a, b) => a - b));
    const facts = await query<{ fact_type: string; n: number }>(
      'SELECT fact_type, count(*)::int AS n FROM dashboard_facts GROUP BY 1 ORDER BY 1',
    );
    expect(facts).toEqual([
      { fact_type: 'support.spool.imported', n: 1 },
      { fact_type: 'support.spool.used', n: 1 },
    ]);
  });

  test('two processes share the folder: each writes its own file, and the survivor imports both', async () => {
    await postgres.kill();
    const [a, b] = [await startProcess(), await startProcess()];
    for (const id of range(1, 20)) {
      const { url } = id % 2 === 0 ? a : b;
      expect((await post(url, messageCreated(id))).json.status).toBe('spooled');
    }
    expect(await spoolFiles(dataDir)).toHaveLength(2);
    await kill(a.child);
    await postgres.start();
    await until('everything is imported', async () => (await spoolFiles(dataDir)).length === 0, 40_000);
    expect((await storedIds()).sort((x, y) => x - y)).toEqual(range(1, 20));
  });

  test('stopped while the database stores: it reads the answer before it gives it up for late', async () => {
    const patienceMs = 3000;
    const { child, url } = await startProcess(patienceMs);
    await until('it stores', async () => (await post(url, messageCreated(1))).json.status === 'accepted');
    const lock = new pg.Client({ connectionString: postgres.url });
    await lock.connect();
    await lock.query('BEGIN; LOCK TABLE deliveries IN ACCESS EXCLUSIVE MODE');
    const began = performance.now();
    const answer = post(url, messageCreated(2));
    await until('the database has it in hand', async () => {
      const waiting = await query("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
      return waiting.length > 0;
    });
    child.kill('SIGSTOP');
    await lock.query('COMMIT');
    await lock.end();
    await until('it is stored', async () => (await storedIds()).length === 2);
    await delay(Math.max(0, patienceMs + 500 - (performance.now() - began)));
    child.kill('SIGCONT');
    expect((await answer).json.status).toBe('accepted');
    expect(await spoolFiles(dataDir)).toEqual([]);
  });
});
