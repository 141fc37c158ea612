import { readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { applyMigrations } from '../../app/lib/database/migrate.server.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';
import { emptyTables, queryOf, range, spoolFiles, storedIdsOf } from './inbox-contents.ts';
import { post, startIntakeServer, type IntakeServer } from './intake-server.ts';
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

describe('while PostgreSQL is away', () => {
  let services: TestServices;
  let server: IntakeServer;

  beforeEach(async () => {
    services = await createTestServices({ DATABASE_URL: postgres.url, DATABASE_TIMEOUT_MS: '400' });
    server = await startIntakeServer(services);
    return async () => {
      await server.stop();
      await services.close();
      await rm(services.dataDir, { recursive: true, force: true });
    };
  });
  const send = async (id: number) => {
    const answer = await post(server.url, messageCreated(id));
    expect(answer.status).toBe(200);
    return answer.json.status;
  };

  test('frozen: answered from the spool, imported once, in order, before what comes later', async () => {
    await query(
      "INSERT INTO processes (id, role, host, pid, started_at, last_seen) VALUES ($1, 'all', 'h', 1, now(), now())",
      [services.processId],
    );
    expect(await send(1)).toBe('accepted');
    await postgres.freeze();
    try {
      expect(await send(2)).toBe('spooled');
      for (const id of range(3, 12)) expect(await send(id)).toBe('spooled');
      expect(server.intake.status()).toMatchObject({ spooled: 11, inUse: true });
      expect(await spoolFiles(services.dataDir)).toHaveLength(1);
    } finally {
      await postgres.thaw();
    }
    for (const id of range(13, 40)) await send(id);
    await until('the spool is empty', () => !server.intake.status().inUse);
    expect(await send(41)).toBe('accepted');
    expect(await storedIds()).toEqual(range(1, 41));
    expect(await spoolFiles(services.dataDir)).toEqual([]);

    const facts = await query<{ fact_type: string; value: { process: string } }>(
      'SELECT fact_type, value FROM dashboard_facts ORDER BY id',
    );
    expect(facts.map((fact) => fact.fact_type)).toEqual(['support.spool.used', 'support.spool.imported']);
    expect(facts.every(({ value }) => value.process === services.processId)).toBe(true);
    const [counted] = await query<{ label: string; n: string }>(
      "SELECT label, n FROM fact_rollups WHERE resolution = 'total'",
    );
    expect(counted).toEqual({ label: 'accepted', n: '41' });
    expect(await query('SELECT spooled, spooled_since FROM processes')).toEqual([
      { spooled: 0, spooled_since: null },
    ]);
  });

  test('killed under load: every webhook is answered 200 and imported once, each sender in its order', async () => {
    let done = false;
    const sent: number[][] = range(0, 7).map(() => []);
    const senders = sent.map(async (ids, sender) => {
      for (let i = 1; !done; i += 1) {
        await send(sender * 100_000 + i);
        ids.push(sender * 100_000 + i);
      }
    });
    await until('traffic flows', () => sent.every((ids) => ids.length > 5));
    await postgres.kill();
    await until('the spool is used', () => server.intake.status().spooled > 50);
    await postgres.start();
    await until('the spool is empty', () => !server.intake.status().inUse, 40_000);
    const [before] = sent;
    const reached = before!.length;
    await until('traffic flows again', () => before!.length > reached + 5);
    done = true;
    await Promise.all(senders);
    const stored = await storedIds();
    for (const [sender, ids] of sent.entries())
      expect(stored.filter((id) => Math.floor(id / 100_000) === sender)).toEqual(ids);
    const [counted] = await query<{ n: string }>(
      "SELECT n FROM fact_rollups WHERE resolution = 'total' AND label = 'accepted'",
    );
    expect(Number(counted!.n)).toBe(stored.length);
  });

  test('a duplicate of a spooled webhook is imported once', async () => {
    await postgres.freeze();
    try {
      await Promise.all([send(1), send(1), send(2)]);
    } finally {
      await postgres.thaw();
    }
    await until('the spool is empty', () => !server.intake.status().inUse);
    expect(await storedIds()).toHaveLength(2);
  });

  test('a webhook that PostgreSQL refuses for its content holds up nobody', async () => {
    await query("ALTER TABLE webhook_events ADD CONSTRAINT no_poison CHECK (event <> 'poison')");
    try {
      const poison = { event: 'poison', n: 1 };
      const answers = await Promise.all([send(1), post(server.url, poison), send(2)]);
      expect(answers[1]).toMatchObject({ status: 200, json: { status: 'spooled' } });
      expect(server.intake.status()).toMatchObject({ quarantined: 1, inUse: false });

      await query('ALTER TABLE deliveries RENAME TO deliveries_away');
      expect(await send(3)).toBe('spooled');
      await post(server.url, poison);
      expect(await send(4)).toBe('spooled');
      await query('ALTER TABLE deliveries_away RENAME TO deliveries');
      await until('the spool is empty', () => !server.intake.status().inUse);
      expect(server.intake.status().quarantined).toBe(2);
      expect((await storedIds()).sort()).toEqual([1, 2, 3, 4]);
    } finally {
      await query('ALTER TABLE webhook_events DROP CONSTRAINT no_poison');
    }
    const folder = path.join(services.dataDir, 'spool', 'quarantine');
    const bytes = await Promise.all(
      (await readdir(folder)).map((name) => readFile(path.join(folder, name), 'utf8')),
    );
    expect(bytes.every((text) => text.includes('"poison"'))).toBe(true);

    for (const name of await readdir(folder))
      await rename(path.join(folder, name), path.join(services.dataDir, 'spool', name));
    await until('both are brought in', () => server.intake.status().quarantined === 0);
    await until('both are in the inbox', async () => {
      const stored = await query("SELECT FROM webhook_events WHERE event = 'poison'");
      return stored.length === 2;
    });
  });

  test('the page counts what is spooled, and since when', async () => {
    await query('ALTER TABLE deliveries RENAME TO deliveries_away');
    const before = new Date();
    await send(1);
    await send(2);
    const { spooled, spooledSince } = server.intake.status();
    expect(spooled).toBe(2);
    // By the database's clock, which is known to the millisecond.
    expect(spooledSince!.getTime()).toBeGreaterThanOrEqual(before.getTime() - 100);
    await query('ALTER TABLE deliveries_away RENAME TO deliveries');
    await until('the spool is empty', () => !server.intake.status().inUse);
    expect(server.intake.status()).toMatchObject({ spooled: 0, spooledSince: null });
  });
});
