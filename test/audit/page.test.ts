import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LoaderFunction } from '@remix-run/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  auditConditions,
  type AuditItem,
  changedFields,
  parseAuditFilter,
} from '../../app/features/audit/audit-view.ts';
import {
  EXPORT_BATCH,
  exportAudit,
  AUDIT_PAGE_SIZE,
  listAudit,
  listAuditActions,
  parseAuditPosition,
} from '../../app/features/audit/read-audit.server.ts';
import * as csv from '../../app/routes/audit[.]csv.ts';
import * as page from '../../app/routes/audit.tsx';
import { drained } from '../../app/server/http-server.ts';
import { serveRoutes } from '../overview/route-server.ts';
import { person } from '../support/person.ts';
import { fetchAs, openTestAccess, type TestAccess } from '../support/sign-in.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';
import { appendRows } from './rows.ts';

let services: TestServices;
let access: TestAccess;
let cookie: string;
const fetch = (input: string | URL, init?: RequestInit) => fetchAs(cookie, input, init);
let app: Awaited<ReturnType<typeof serveRoutes>>;
const FORMULAS = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '＝1'];
const HOSTILE = 'a "quoted", cell\r\nof two lines';

/** 1 to 60 by Ada, then 7 whose every text is a formula, then one by 100%_Bob on another day. */
beforeAll(async () => {
  services = await createTestServices();
  access = openTestAccess(services);
  cookie = await access.signIn('admin');
  const loader = page.loader as LoaderFunction;
  app = await serveRoutes({ audit: { loader }, 'audit.csv': { loader: csv.loader } }, access.context);
  await appendRows(services, 60);
  await appendRows(services, FORMULAS.length, (index) => ({
    actor: person(FORMULAS[index]!, { id: FORMULAS[index]!, from: FORMULAS[index]! }),
    action: 'tickets.note',
    target: FORMULAS[index]!,
    before: FORMULAS[index]!,
    after: { cell: FORMULAS[index]! },
    reason: FORMULAS[index]!,
  }));
  await appendRows(services, 1, () => ({
    actor: person('100%_Bob', { id: 'user:9' }),
    action: 'alerts.mute',
    target: HOSTILE,
    before: null,
    after: undefined,
    at: new Date('2026-11-25T23:59:59.999Z'),
  }));
});
afterAll(async () => {
  await app.stop();
  access.stop();
  await services.close();
});

async function rowsOf(query: string): Promise<{ status: number; ids: number[]; rows: AuditItem[] }> {
  const response = await fetch(`${app.url}/audit?${query}`);
  const body = (await response.json()) as { page: { rows: AuditItem[] } | null };
  const rows = body.page?.rows ?? [];
  return { status: response.status, ids: rows.map((row) => row.id), rows };
}

test('the page shows who did what, when, how, from where, and what it changed', async () => {
  const { rows } = await rowsOf('to=2026-11-23T08:00:00');
  expect(rows.find((row) => row.id === 1)).toEqual({
    id: 1,
    at: '2026-11-23T08:00:00.000Z',
    actor: { id: 'test:Ada', name: 'Ada', role: 'admin', via: 'session', from: '192.0.2.7' },
    action: 'contacts.edit',
    target: 'thing 1',
    before: { state: 'old' },
    after: { state: 'new' },
    reason: null,
  });
});

test.each([
  ['who=bob', [68]],
  ['who=USER:9', [68]],
  ['who=%25_', [68]],
  ['who=%', [68]],
  ['who=_', [68]],
  ['who=\\', []],
  ["who=' OR 1=1 --", []],
  ['who=nobody', []],
  ['action=tickets.note', [67, 66, 65, 64, 63, 62, 61]],
  ['action=tickets', []],
  ['action=contacts.edit&who=ada&to=2026-11-23T08:00:02', [3, 2, 1]],
  ['action=contacts.edit&from=2026-11-23T08:00:57&to=2026-11-23T08:00:58', [59, 58]],
  ['from=2026-11-24', [68]],
  ['from=2026-11-25T23:59&to=2026-11-25', [68]],
  ['from=2026-11-26', []],
  ['to=2026-11-22', []],
  ['from=2026-11-24&from=2026-11-26', [68]],
])('filter %s', async (query, ids) => {
  const text = query.replace(/(?<==)(%|_|\\|' OR 1=1 --)$/, (value) => encodeURIComponent(value));
  expect(await rowsOf(text)).toMatchObject({ status: 200, ids });
});

test.each(['from=yesterday', 'to=2026-13-01', 'from=2026-11-23 08:00', 'to=2026-11-23T25:00'])(
  'a time that is none is said, not ignored: %s',
  async (query) => {
    expect(await rowsOf(query)).toMatchObject({ status: 400, ids: [] });
    const file = await fetch(`${app.url}/audit.csv?${query}`);
    expect(file.status).toBe(400);
    expect(await file.json()).toMatchObject({ code: 'not_understood' });
  },
);

test('pages follow each other in both directions without gap or overlap', async () => {
  const first = await listAudit(services, {}, 'newest');
  expect(first).toMatchObject({ hasNewer: false, hasOlder: true });
  expect(first.rows.map((row) => row.id)).toEqual(range(68, 68 - AUDIT_PAGE_SIZE + 1));
  const second = await listAudit(services, {}, { olderThan: first.rows.at(-1)!.id });
  expect(second).toMatchObject({ hasNewer: true, hasOlder: false });
  expect(second.rows.map((row) => row.id)).toEqual(range(18, 1));
  const back = await listAudit(services, {}, { newerThan: second.rows[0]!.id });
  expect(back).toEqual({ ...first, hasNewer: false, hasOlder: true });
  const between = await listAudit(services, {}, { newerThan: 5 });
  expect(between).toMatchObject({ hasNewer: true, hasOlder: true });
  expect(between.rows.map((row) => row.id)).toEqual(range(5 + AUDIT_PAGE_SIZE, 6));
  expect(await listAuditActions(services)).toEqual(['alerts.mute', 'contacts.edit', 'tickets.note']);
});

const range = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, i) => from - i);

test('a position or filter in the URL that makes no sense is not one', () => {
  const positionOf = (query: string) => parseAuditPosition(new URLSearchParams(query));
  expect(positionOf('older=12')).toEqual({ olderThan: 12 });
  expect(positionOf('newer=12')).toEqual({ newerThan: 12 });
  for (const query of ['', 'older=0', 'older=-1', 'newer=1e3', 'older=9999999999999999'])
    expect(positionOf(query)).toBe('newest');
  const parsed = parseAuditFilter(new URLSearchParams({ who: ` ${'x'.repeat(300)}\0`, action: ' ' }));
  expect(parsed).toEqual({ ok: true, value: { who: 'x'.repeat(200) } });
  expect(auditConditions({})).toEqual({});
});

test('cells that a spreadsheet would run are text, and every cell reads back as it was', async () => {
  const response = await fetch(`${app.url}/audit.csv`);
  expect(response.headers.get('Content-Type')).toBe('text/csv; charset=utf-8; header=present');
  expect(response.headers.get('Content-Disposition')).toMatch(/^attachment; filename="audit-[\d-]+\.csv"$/);
  expect(response.headers.get('Content-Encoding')).toBeNull();
  const text = await response.text();
  expect(text.endsWith('\r\n')).toBe(true);
  const [header, ...rows] = parseCsv(text);
  expect(header!.join()).toBe(
    'id,at,actor_id,actor_name,actor_role,via,from_address,action,target,before,after,reason,prev_hash,hash',
  );
  expect(rows.map((row) => Number(row[0]))).toEqual(range(68, 1).reverse());
  for (const row of rows) {
    expect(row).toHaveLength(header!.length);
    for (const cell of row) expect(cell).not.toMatch(/^[=+\-@\t\r＝＋－＠]/);
  }
  for (const [index, formula] of FORMULAS.entries()) {
    const row = rows[60 + index]!;
    for (const column of [2, 3, 6, 8, 11]) expect(row[column]).toBe(`'${formula}`);
    expect(JSON.parse(row[9]!)).toBe(formula);
    expect(JSON.parse(row[10]!)).toEqual({ cell: formula });
  }
  expect(rows[67]!.slice(0, 12)).toEqual([
    '68',
    '2026-11-25T23:59:59.999Z',
    'user:9',
    '100%_Bob',
    'admin',
    'session',
    '192.0.2.7',
    'alerts.mute',
    HOSTILE,
    '',
    '',
    '',
  ]);
  expect(rows[67]![12]).toBe(rows[66]![13]);
  expect(rows[67]![13]).toMatch(/^[0-9a-f]{64}$/);
});

test('the export takes the filter of the page', async () => {
  const text = await (await fetch(`${app.url}/audit.csv?action=tickets.note&who=SUM`)).text();
  expect(parseCsv(text).map((row) => row[0])).toEqual(['id', '64']);
});

/** RFC 4180: quoted cells may hold commas, line ends and doubled quotes. */
function parseCsv(text: string): string[][] {
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  const rows: string[][] = [[]];
  for (let match = cell.exec(text); match; match = cell.exec(text)) {
    rows.at(-1)!.push(match[1]?.replaceAll('""', '"') ?? match[2]!);
    if (match[3] === '\r\n') rows.push([]);
  }
  expect(rows.pop()).toEqual([]);
  return rows;
}

test('an export reads on only when the client has taken what it was given, and ends', async () => {
  const large = await createTestServices();
  try {
    await large.db.pool.query(
      `INSERT INTO audit_log (at, actor_id, actor_name, actor_role, via, action, target)
       SELECT now(), 'x', 'x', 'admin', 'cli', 'x.y', repeat('x', 2000) FROM generate_series(1, ${EXPORT_BATCH * 3})`,
    );
    let taken = Promise.withResolvers<void>();
    let asked = 0;
    const stream = exportAudit(large, {}, () => {
      asked += 1;
      return taken.promise;
    });
    const reader = stream.getReader();
    await reader.read();
    const next = reader.read();
    expect(asked).toBe(1);
    taken.resolve();
    const first = Buffer.from((await next).value!);
    expect(first.length).toBeLessThan(EXPORT_BATCH * 2500);
    expect(asked).toBe(1);
    taken = Promise.withResolvers<void>();
    taken.resolve();
    // Rows that come while it runs are not part of it.
    await appendRows(large, EXPORT_BATCH / 10);
    let rows = parseCsv(first.toString()).length;
    for (let read = await reader.read(); !read.done; read = await reader.read())
      rows += parseCsv(Buffer.from(read.value).toString()).length;
    expect(rows).toBe(EXPORT_BATCH * 3);
  } finally {
    await large.close();
  }
});

test('drained waits while a client does not read, and ends when it reads again or goes away', async () => {
  // More than the operating system keeps for a connection.
  const chunk = Buffer.alloc(64_000_000);
  const waits: string[] = [];
  const server = createServer((_request, response) => {
    void (async () => {
      await drained(response);
      waits.push('nothing written');
      response.write(chunk);
      expect(response.writableNeedDrain).toBe(true);
      waits.push('waiting');
      await drained(response);
      waits.push(response.destroyed ? 'gone' : 'drained');
      response.end();
    })();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const open = async () => {
    const [response] = (await once(get({ port, host: '127.0.0.1' }), 'response')) as [IncomingMessage];
    return response;
  };
  try {
    const reading = await open();
    expect(waits).toEqual(['nothing written', 'waiting']);
    reading.resume();
    await once(reading, 'end');
    expect(waits.at(-1)).toBe('drained');
    const leaving = await open();
    leaving.destroy();
    await until('the server stops waiting', () => waits.at(-1) === 'gone');
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

test('a change is told field by field', () => {
  expect(changedFields({ state: 'running', n: 1 }, { state: 'paused', more: [1, null] })).toEqual([
    { name: 'state', before: 'running', after: 'paused' },
    { name: 'n', before: '1', after: null },
    { name: 'more', before: null, after: '[1,null]' },
  ]);
  expect(changedFields(null, null)).toEqual([]);
  expect(changedFields('a', undefined)).toEqual([{ name: 'value', before: 'a', after: null }]);
  expect(changedFields([1], { value: 'x'.repeat(301) })[0]).toEqual({
    name: 'value',
    before: '[1]',
    after: `${'x'.repeat(299)}…`,
  });
  const hostile = JSON.parse('{"__proto__": {"state": "polluted"}, "constructor": null}') as object;
  expect(changedFields(hostile, {}).map((field) => field.name)).toEqual(['__proto__', 'constructor']);
});
