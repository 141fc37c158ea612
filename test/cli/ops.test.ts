import { randomUUID } from 'node:crypto';
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseCommandLine } from '../../app/cli/command-line.ts';
import { readReplayArgs, REPLAY_COMMAND } from '../../app/cli/replay-dlq-args.ts';
import { duration, type Status } from '../../app/cli/status-words.ts';
import { inDatabase, waitForReplay } from '../../app/cli/wait-for-replay.server.ts';
import { cancelReplay } from '../../app/features/delivery/replays/control-replay.server.ts';
import { tickReplays } from '../../app/features/delivery/replays/tick-replays.server.ts';
import { NOBODY, spoolFileName } from '../../app/features/intake/spool/spool-file.server.ts';
import { encodeSpoolRecord } from '../../app/features/intake/spool/spool-record.ts';
import { runToEnd } from '../support/app-process.ts';
import { embeddedHome, removeDataDir } from '../support/data-dir.ts';
import { endPending, insertEvents } from '../support/dead-letters.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';
import { person } from '../support/person.ts';
import { emptied } from '../support/empty-tables.ts';

let services: TestServices;
let env: Record<string, string>;
beforeAll(async () => {
  services = await createTestServices();
  env = { DATABASE_URL: services.databaseUrl, DATA_DIR: services.dataDir };
});
afterAll(() => services.close());
beforeEach(async () => {
  await services.db.pool.query(
    emptied(
      'webhook_events, deliveries, attempts, dashboard_facts, fact_rollups, replays, replay_items, leases, processes',
    ),
  );
});

const status = (...args: string[]) => runToEnd(['app/cli/status.ts', ...args], env);
const parseReplay = (args: string[], now: Date) =>
  parseCommandLine(REPLAY_COMMAND, (values, words) => readReplayArgs(values, words, now), {
    args,
    environment: {},
  });
const replay = (...args: string[]) => runToEnd(['app/cli/replay-dlq.ts', ...args], env);

/** What a worker does for replays, as long as `work` runs. */
async function whileWorking<T>(outcome: 'delivered' | 'dead', work: Promise<T>): Promise<T> {
  await services.db.pool.query(
    `INSERT INTO processes (id, role, host, pid, started_at, last_seen)
     VALUES (gen_random_uuid(), 'worker', 'elsewhere', 1, now(), now() + interval '1 hour')`,
  );
  let over = false;
  const done = work.finally(() => (over = true));
  await until('the command ends', async () => {
    await tickReplays(services, new Date());
    await endPending(services, () => outcome);
    return over;
  });
  return done;
}

describe('ops:status', () => {
  test('--json prints exactly one object with the ledger', async () => {
    await insertEvents(services, { count: 3, state: 'delivered' });
    await insertEvents(services, { count: 2, state: 'pending', receivedAt: new Date(Date.now() - 60_000) });
    await insertEvents(services, { deadAt: new Date() });
    const { code, stdout, output } = await status('--json');
    expect(code, output).toBe(0);
    expect(output.trim().split('\n')).toHaveLength(1);
    const printed = JSON.parse(stdout) as Record<string, unknown>;
    expect(printed.ledger).toEqual({
      received: 6,
      delivered: 3,
      pending: 2,
      held: 0,
      withheld: 0,
      dead: 1,
      discarded: 0,
      spooled: 0,
      quarantined: 0,
      reconciled: 0,
      balanced: true,
    });
    expect(printed).toMatchObject({
      breaker: { state: 'closed', nextProbeAt: null },
      deadLetters: { open: 1, lastHour: 1 },
      processes: { web: 0, worker: 0 },
      replays: [],
      unmatched: 0,
    });
    expect(printed.oldestPendingSeconds).toBeGreaterThanOrEqual(60);
  });

  test('says it in words, and ends with 1 when the ledger does not balance', async () => {
    const [lost] = await insertEvents(services, { count: 2, state: 'pending' });
    expect((await status()).stdout).toContain('received 2 = delivered 0 + pending 2');
    await services.db.pool.query('DELETE FROM deliveries WHERE seq = $1', [lost!.seq]);
    const { code, stdout } = await status();
    expect(code).toBe(1);
    expect(stdout).toContain('DOES NOT BALANCE');
  });

  test('counts what an app that is down still holds in its spool', async () => {
    const folder = path.join(services.dataDir, 'spool');
    await mkdir(folder, { recursive: true });
    const records = [1, 2, 3].map((n) =>
      encodeSpoolRecord({
        eventId: randomUUID(),
        dedupeKey: Buffer.alloc(32, n),
        deliveryId: null,
        event: 'message_created',
        conversationKey: '2:1',
        conversationId: '1',
        customerKey: null,
        signal: null,
        headers: '{}',
        body: Buffer.from('{}'),
        receivedAt: new Date(),
      }),
    );
    const id = randomUUID();
    const torn = records[0]!.subarray(0, 60);
    await writeFile(path.join(folder, spoolFileName(id, NOBODY)), Buffer.concat([...records, torn]));
    const spooled = async () => (JSON.parse((await status('--json')).stdout) as Status).ledger.spooled;
    expect(await spooled()).toBe(3);
    await services.db.pool.query('INSERT INTO spool_imports (file, "offset") VALUES ($1, $2)', [
      id,
      records[0]!.length,
    ]);
    expect(await spooled()).toBe(2);
    await rm(folder, { recursive: true });
  });

  test('counts what was set aside, whether or not a process lives that tells of it', async () => {
    const folder = path.join(services.dataDir, 'spool', 'quarantine');
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, spoolFileName(randomUUID(), NOBODY)), 'a record');
    const quarantined = async () =>
      (JSON.parse((await status('--json')).stdout) as Status).ledger.quarantined;
    expect(await quarantined()).toBe(1);
    expect((await status()).stdout).toContain('1 webhooks, as files in spool/quarantine');
    await services.db.pool.query(
      `INSERT INTO processes (id, role, host, pid, started_at, last_seen, quarantined, data_dir)
       VALUES ($1, 'web', $2, 1, now(), now(), 1, $3)`,
      [randomUUID(), hostname(), path.resolve(services.dataDir)],
    );
    expect(await quarantined()).toBe(1);
    await services.db.pool.query('DELETE FROM processes');
    await rm(folder, { recursive: true });
  });

  test('usage and an unreachable database', async () => {
    expect(await status('--jsn')).toMatchObject({ code: 2 });
    expect(await status('--help')).toMatchObject({ code: 0 });
    const wrong = await runToEnd(['app/cli/status.ts'], { ...env, PORT: 'x' });
    expect(wrong.code).toBe(78);
    const { code, output, stdout } = await runToEnd(['app/cli/status.ts', '--json'], {
      ...env,
      DATABASE_URL: 'postgresql://me:secret-password@127.0.0.1:1/none',
    });
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(output.trim().split('\n')).toHaveLength(1);
    expect(output).toContain('No PostgreSQL listens at the address in DATABASE_URL.');
    expect(output).not.toContain('secret-password');
  });
});

describe('ops:replay-dlq', () => {
  test('waits, shows progress and ends with 0 when all were delivered', async () => {
    await insertEvents(services, { count: 8 });
    const { code, stdout, output } = await whileWorking('delivered', replay('--all', '--rate', 'none'));
    expect(code, output).toBe(0);
    expect(stdout).toMatch(/Replay \d+ started: 8 dead letters/);
    expect(stdout).toContain('8 of 8 delivered');
    const { createdBy } = await services.db.prisma.replay.findFirstOrThrow();
    expect(createdBy).toMatch(/^cli:/);
  });

  test('ends with 1 when some died again, and prints one object with --json', async () => {
    await insertEvents(services, { count: 6 });
    const { code, stdout } = await whileWorking(
      'dead',
      replay('--event', 'message_created', '--json', '--careful'),
    );
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'ended', state: 'stopped', dead: 5, cancelled: 1 });
  });

  test('--no-wait, --dry-run, again, and numbers that are none', async () => {
    const entries = await insertEvents(services, { count: 3 });
    const ids = entries.map((entry) => String(entry.id));
    const dry = await replay('--dry-run', '--all', '--rate', '2');
    expect(dry).toMatchObject({ code: 0 });
    expect(dry.stdout).toContain('Would replay 3 dead letters of 3 conversations, at 2 a second, about 2 s');
    expect(await services.db.prisma.replay.count()).toBe(0);

    const started = await replay('--id', ids[0]!, ids[1]!, '--no-wait', '--reason', 'fixed');
    expect(started).toMatchObject({ code: 0 });
    expect(started.stdout).toContain('2 dead letters');
    const again = await replay('--id', ids[0]!, '--json');
    expect(again).toMatchObject({ code: 0 });
    expect(JSON.parse(again.stdout)).toEqual({ outcome: 'already_replayed', ids: [Number(ids[0])] });
    expect(await replay('--id', '99999')).toMatchObject({ code: 1 });
    expect(await replay('--error', 'timeout')).toMatchObject({ code: 0 });
  });

  test.each([
    [[]],
    [['--everything']],
    [['--all', '--event', 'x']],
    [['--all', '--id', '1']],
    [['--id', 'abc']],
    [['--all', '--rate', '0']],
    [['--since', 'yesterday']],
    [['7']],
  ])('wrong usage %j', (args) => {
    expect(parseReplay(args, new Date())).toMatchObject({ outcome: 'wrong' });
  });

  test('wrong usage ends with 2 before anything is opened', async () => {
    const { code, output } = await runToEnd(['app/cli/replay-dlq.ts', '--everything'], {
      DATABASE_URL: 'nonsense',
    });
    expect(code).toBe(2);
    expect(output).toContain('npm run ops:replay-dlq');
  });

  test('while the Agent service still rejects messages several go carefully or not at all', async () => {
    await insertEvents(services, { count: 2 });
    await services.db.pool.query(
      `INSERT INTO fact_rollups (resolution, bucket, metric, label, n)
       VALUES ('second', date_trunc('second', now()), 'breaker', 'permanent', 7)`,
    );
    const { code, stdout } = await replay('--all', '--no-wait');
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^Nothing was sent: the Agent service still rejects messages, 7 in the last 10 min/,
    );
    expect(await replay('--all', '--no-wait', '--careful')).toMatchObject({ code: 0 });
  });

  test('a cancelled replay is a failure, and without a worker nobody waits for ever', async () => {
    const entries = await insertEvents(services, { count: 3 });
    await replay('--id', String(entries[0]!.id), '--no-wait');
    const { id } = await services.db.prisma.replay.findFirstOrThrow();
    const wait = () => waitForReplay(inDatabase(services), Number(id), { json: false, noWorkerMs: 1 });
    expect(await wait()).toBe(1);
    expect((await services.db.prisma.replay.findFirstOrThrow()).state).toBe('running');
    await cancelReplay(services, { replayId: Number(id), actor: person('Mara'), now: new Date() });
    expect(await wait()).toBe(1);
  });

  test('flags are the words of the page filter', () => {
    const now = new Date('2026-09-22T10:00:00Z');
    const parsed = parseReplay(['--error', '503', '--since', '2h', '--text', 'Lind', '--skip-answered'], now);
    expect(parsed).toMatchObject({
      outcome: 'run',
      value: {
        selection: { filter: { status: 503, since: '2026-09-22T08:00:00.000Z', text: 'Lind' } },
        skipAnswered: true,
        careful: false,
        wait: true,
        ratePerSecond: undefined,
      },
    });
    expect(parseReplay(['--error', 'timeout'], now)).toMatchObject({
      value: { selection: { filter: { errorClass: 'timeout' } }, skipAnswered: true },
    });
    expect(parseReplay(['--all', '--include-answered'], now)).toMatchObject({
      value: { skipAnswered: false },
    });
    expect(parseReplay(['--id', '3'], now)).toMatchObject({
      value: { skipAnswered: false },
    });
  });
});

test('durations as people say them', () => {
  expect([0, 89, 90, 3600, 5400, 7500].map(duration)).toEqual([
    '0 s',
    '89 s',
    '2 min',
    '60 min',
    '1 h 30 min',
    '2 h 5 min',
  ]);
});

test('with the embedded database: starts it when the app is down, and stops it again', async () => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'outage-center-cli-'));
  try {
    await mkdir(path.join(dataDir, 'spool'));
    await writeFile(path.join(dataDir, 'spool', 'not-a-spool-file.txt'), 'x');
    const { code, stdout, output } = await runToEnd(['app/cli/status.ts', '--json'], { DATA_DIR: dataDir });
    expect(code, output).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ledger: { received: 0, balanced: true } });
    const home = await embeddedHome(dataDir);
    await until('its server has stopped', () =>
      access(path.join(home, 'data', 'postmaster.pid')).then(
        () => false,
        () => true,
      ),
    );
  } finally {
    await removeDataDir(dataDir);
  }
});
