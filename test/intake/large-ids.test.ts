import { afterEach, beforeEach, expect, test } from 'vitest';
import { factPayload } from '../../app/features/delivery/fact-payload.ts';
import { readSetAside } from '../../app/features/facts/set-aside.server.ts';
import { parseExact } from '../../app/lib/json.ts';
import { projectAll } from '../waiting/store-events.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { startIntakeServer, type IntakeServer } from './intake-server.ts';

let services: TestServices;
let server: IntakeServer;
beforeEach(async () => {
  services = await createTestServices();
  server = await startIntakeServer(services);
});
afterEach(async () => {
  await server?.stop();
  await services?.close();
});

/** 2^53 and its neighbour, which JavaScript takes for the same number. */
const NEIGHBOURS = ['9007199254740992', '9007199254740993'];

test('two conversations whose numbers differ beyond 2^53 are two: none is taken for a duplicate of the other', async () => {
  for (const id of NEIGHBOURS) {
    const body = `{"event":"conversation_updated","id":${id},"status":"open","updated_at":1790064905.5,"account":{"id":2},"changed_attributes":[]}`;
    const answer = await fetch(server.url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
    });
    expect(answer.status).toBe(200);
  }
  const { rows } = await services.db.pool.query<{ key: string }>(
    'SELECT conversation_key AS key FROM deliveries ORDER BY seq',
  );
  expect(rows.map(({ key }) => key)).toEqual(NEIGHBOURS.map((id) => `2:${id}`));
  await projectAll(services);
  const projected = await services.db.pool.query<{ id: string }>(
    'SELECT conversation_id::text AS id FROM conversations ORDER BY conversation_id',
  );
  expect(projected.rows.map(({ id }) => id)).toEqual(NEIGHBOURS);
});

test('what no column of a database holds is set aside by name', async () => {
  const body = `{"event":"conversation_updated","id":${2n ** 63n},"status":"open","updated_at":1790064905.5,"account":{"id":2}}`;
  const headers = { 'Content-Type': 'application/json' };
  expect((await fetch(server.url, { method: 'POST', headers, body })).status).toBe(200);
  await projectAll(services);
  expect(await readSetAside(services.db.pool)).toMatchObject({
    count: 1,
    newest: { cause: 'RangeError: the number of the conversation is beyond 2^63' },
  });
});

test('only whole numbers that would be rounded come as digits', () => {
  expect(parseExact('{"a":9007199254740993,"b":[-9007199254740993],"c":1e300,"d":0.125,"e":12}')).toEqual({
    a: '9007199254740993',
    b: ['-9007199254740993'],
    c: 1e300,
    d: 0.125,
    e: 12,
  });
  expect(() => parseExact('{"a":9007199254740993')).toThrow(SyntaxError);
  expect(factPayload(Buffer.from('{"id":9007199254740993}'))).toBe('{"id":"9007199254740993"}');
});

test('ids of our own end where they could not be told apart any more', async () => {
  await expect(
    services.db.pool.query("SELECT setval('dashboard_facts_id_seq', 9007199254740992)"),
  ).rejects.toThrow('out of bounds');
});
