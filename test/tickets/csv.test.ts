import iconv from 'iconv-lite';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { exportTickets } from '../../app/features/tickets/export-tickets.server.ts';
import {
  importTickets,
  type ImportOutcome,
} from '../../app/features/tickets/import/import-tickets.server.ts';
import type { ImportReport } from '../../app/features/tickets/ticket-view.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { BEN, ticketWorld, type TicketWorld } from './world.ts';

let services: TestServices;
let world: TicketWorld;
beforeAll(async () => {
  services = await createTestServices();
  world = ticketWorld(services);
});
afterAll(() => services.close());

const empty = () => services.db.pool.query('TRUNCATE manual_tickets, ticket_entries');
beforeEach(empty);

const NOW = new Date('2026-11-23T12:00:00Z');

async function bring(
  file: string | Buffer,
  more: { zone?: string; order?: 'month_first' | 'day_first'; now?: Date } = {},
): Promise<ImportOutcome> {
  return importTickets(services, {
    bytes: typeof file === 'string' ? Buffer.from(file) : file,
    ...{ zone: 'UTC', order: 'month_first', actor: BEN, now: NOW, ...more },
  });
}
async function report(...args: Parameters<typeof bring>): Promise<ImportReport> {
  const outcome = await bring(...args);
  if (outcome.outcome !== 'imported') throw new Error(outcome.problem);
  return outcome.report;
}
const tickets = async () => (await world.list()).items.toSorted((a, b) => a.id - b.id);
async function exported(): Promise<string> {
  return new Response(exportTickets(services, () => Promise.resolve())).text();
}

const SHEET = [
  'Ticket ID,Customer,Issue,Status,Response Time',
  '1,Ada <ada@example.com>,"Parcel, 1881',
  'never came",open,',
  '2,Bob,Wheel squeaks,answered,12',
  '3,,who?,open,',
  '',
  '4,Cleo,Refund,perhaps,',
  '5,Dora,"broken "quote",open,',
  '6,Emil,Lamp,done,0:20',
  '7,Fay,Late,open,soon',
  '8,Gus,too,many,cells,here,indeed',
  '9,Hal,"never closed,open,',
  '10,Ida,Last one,OPEN,n/a',
].join('\r\n');

test('good rows are kept, bad ones reported by their line', async () => {
  const { added, bad, known } = await report(SHEET);
  expect(added).toBe(4);
  expect(known).toEqual([]);
  expect(bad.map(({ line }) => line)).toEqual([5, 7, 8, 10, 11, 12]);
  expect(bad.map(({ problem }) => problem)).toEqual([
    'the customer is missing',
    'the status "perhaps" is none of open, answered, closed',
    expect.stringContaining('a quotation mark stands inside a cell'),
    expect.stringContaining('"soon" is not understood'),
    expect.stringContaining('it has 7 cells and the first line 5'),
    'a quotation mark is opened and never closed',
  ]);
  const [ada, bob, emil, ida] = await tickets();
  expect(ada).toMatchObject({
    ...{ customer: 'Ada', email: 'ada@example.com', issue: 'Parcel, 1881\nnever came', status: 'open' },
    ...{ externalId: '1', receivedKnown: false, firstResponseAt: null, receivedAt: NOW.toISOString() },
  });
  const took = ({ receivedAt, firstResponseAt }: NonNullable<typeof bob>) =>
    Date.parse(firstResponseAt!) - Date.parse(receivedAt);
  expect(took(bob!)).toBe(720_000);
  expect(took(emil!)).toBe(1_200_000);
  expect([bob!.status, emil!.status, ida!.status]).toEqual(['answered', 'closed', 'open']);
  expect((await world.audit()).at(-1)).toMatchObject({ action: 'tickets.import', target: 'tickets' });
  expect((await world.read(ada!.id)).entries[0]!.text).toBe('Brought in from line 2 of a spreadsheet');
});

test('brought in twice, or by two people at once: nothing is doubled', async () => {
  await Promise.all([report(SHEET), report(SHEET)]);
  expect(await tickets()).toHaveLength(4);
  const again = await report(SHEET.replace('1,Ada <ada@example.com>', '1,Ada'));
  expect(again).toMatchObject({ added: 0 });
  expect(again.known.map(({ line }) => line)).toEqual([2, 4, 9, 13]);
  const solved = await report(SHEET.replace('Wheel squeaks,answered', 'Wheel squeaks,closed'));
  expect(solved.known[1]!.note).toBe('the file says Closed, here it is Answered: left as it is');
});

test('numbers of two spreadsheets: ticket 1 of another customer is another ticket', async () => {
  await report('Ticket ID,Customer,Issue\n1,Ada,x\n');
  expect((await report('Ticket ID,Customer,Issue\n1,Bob,y\n')).added).toBe(1);
  expect((await report('Customer,Issue\nAda,x\nAda,x\nAda,other\n')).added).toBe(2);
});

test('our own export, changed by nobody, comes back as what it was', async () => {
  const id = await world.add({ issue: 'It\'s "quoted",\nand goes on; é 你好', minutesAgo: '40' });
  await report(SHEET);
  const before = await tickets();
  const file = await exported();
  expect((await report(file, { now: new Date() })).known).toHaveLength(before.length);
  expect(await tickets()).toEqual(before);
  // In another installation it is the same tickets.
  await empty();
  expect(await report(file, { now: new Date() })).toMatchObject({ added: before.length, bad: [] });
  const same = ({ customer, email, issue, status }: (typeof before)[number]) => ({
    customer,
    email,
    issue,
    status,
  });
  expect((await tickets()).map(same)).toEqual(before.map(same));
  const first = (await tickets())[0]!;
  expect(first.receivedAt.slice(0, 19)).toBe(before.find((one) => one.id === id)!.receivedAt.slice(0, 19));
});

const TEXT = 'Ticket ID;Customer;Issue\r\n1;Zoë Müller;“Größe” – 5 €\r\n';
test.each([
  ['UTF-8', Buffer.from(TEXT), 'utf8'],
  ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${TEXT}`), 'utf8'],
  ['UTF-16 LE with one', iconv.encode(TEXT, 'utf16le', { addBOM: true }), 'utf16le'],
  ['UTF-16 BE with one', iconv.encode(TEXT, 'utf16be', { addBOM: true }), 'utf16be'],
  ['UTF-16 LE without', iconv.encode(TEXT, 'utf16le'), 'utf16le'],
  ['UTF-16 BE without', iconv.encode(TEXT, 'utf16be'), 'utf16be'],
  ['Windows-1252', iconv.encode(TEXT, 'win1252'), 'windows1252'],
])('%s', async (_name, bytes, encoding) => {
  expect(await report(bytes)).toMatchObject({ added: 1, bad: [], encoding });
  expect((await tickets())[0]).toMatchObject({ customer: 'Zoë Müller', issue: '“Größe” – 5 €' });
});

test.each([
  ['a comma', 'Ticket ID,Customer,Issue\n1,"a;b",x\n'],
  ['a semicolon', 'Ticket ID;Customer;Issue\n1;a;b\n'],
  ['a tab', 'Ticket ID\tCustomer\tIssue\n1\ta,b\tx\n'],
  ['what Excel says', 'sep=|\r\nTicket ID|Customer|Issue\r\n1|a|b\r\n'],
  ['old line ends', 'Ticket ID,Customer,Issue\r1,a,b\r'],
  [
    'names in another order and spelling',
    ' ISSUE ,ticket_id,"Customer Name",E-mail,Note\nx,1,a,a@example.com,zzz\n',
  ],
])('separated by %s', async (_name, file) => {
  expect(await report(file)).toMatchObject({ added: 1, bad: [] });
  expect((await tickets())[0]!.externalId).toBe('1');
});

test.each([
  ['', 'empty'],
  ['\n \n', 'empty'],
  ['a,b\n1,2\n', 'no_header'],
  ['Customer,Status\nAda,open\n', 'no_header'],
  [`Customer,Issue\n${'a,b\n'.repeat(5001)}`, 'too_many_rows'],
  ['x'.repeat(1_000_001), 'too_large'],
])('refused as a whole: %.20j', async (file, problem) => {
  expect(await bring(file)).toEqual({ outcome: 'refused', problem });
});

test('a file of nothing but broken quotation marks ends soon, and says where reading ended', async () => {
  const { added, bad } = await report(`Customer,Issue\n${'a,"b"c\n'.repeat(4000)}`);
  expect(added).toBe(0);
  expect(bad.at(-1)!.problem).toContain('nothing was read from here on');
});

test('a zone that there is none of is refused', async () => {
  expect(await bring(SHEET, { zone: 'Mars/Olympus' })).toEqual({
    outcome: 'refused',
    problem: 'zone_unknown',
  });
});

test('times are read in the zone that was chosen, over the end of summer time', async () => {
  const sheet = [
    'Customer,Issue,Received,Response Time,Status',
    'A,x,2026-07-01 09:00,15,answered',
    'B,x,25.10.2026 02:30,26.10.2026 09:00,answered',
    'C,x,2026-11-23T10:00:00Z,,open',
    'D,x,2026-03-29 02:30,,open',
    'E,x,2026-11-23 13:30,,open',
    'F,x,2026-11-23 10:00,2026-11-23 09:00,answered',
  ].join('\n');
  const { bad } = await report(sheet, { zone: 'Europe/Berlin' });
  expect((await tickets()).map(({ receivedAt, firstResponseAt }) => [receivedAt, firstResponseAt])).toEqual([
    ['2026-07-01T07:00:00.000Z', '2026-07-01T07:15:00.000Z'],
    ['2026-10-25T00:30:00.000Z', '2026-10-26T08:00:00.000Z'],
    ['2026-11-23T10:00:00.000Z', null],
  ]);
  expect(bad.map(({ line, problem }) => `${line}: ${problem}`)).toEqual([
    '5: the time "2026-03-29 02:30" in "Received" is not understood: write 2026-11-23 14:05',
    '6: the time "2026-11-23 13:30" in "Received" is yet to come',
    '7: the response time "2026-11-23 09:00" is before the time in "Received"',
  ]);
});

test('a response at a moment, without the time of arrival, is no response time', async () => {
  await report('Customer,Issue,Status,Response Time\nA,x,answered,2026-11-23 10:00\n');
  const [ticket] = await tickets();
  expect(ticket).toMatchObject({ status: 'answered', firstResponseAt: null, receivedKnown: false });
  expect((await world.read(ticket!.id)).entries[0]!.text).toContain('answered at 2026-11-23T10:00:00.000Z');
});

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '＝1', '=HYPERLINK("http://x","y")'])(
  'no cell of an export is a formula: %j',
  async (text) => {
    await world.add({ customer: `${text}x`, email: '', issue: `${text}y` });
    const [, row] = parse(await exported(), { bom: true });
    for (const cell of row!) expect(cell).not.toMatch(/^[=+\-@\t\r＝＋－＠]/);
    // And comes back as it was.
    const before = await tickets();
    await empty();
    await report(await Promise.resolve(stringifyRow(row!)));
    expect((await tickets())[0]!.issue).toBe(before[0]!.issue);
  },
);

const stringifyRow = (row: string[]) =>
  `Ticket ID,Customer,Issue,Status\n${row
    .slice(0, 4)
    .map((cell) => `"${cell.replaceAll('"', '""')}"`)
    .join(',')}\n`;

test('the largest spreadsheet is brought in as a whole, in its order, and known again; a row that is in it twice is one', async () => {
  const lines = Array.from(
    { length: 4999 },
    (_, n) => `${n + 1},Customer ${n + 1} <c${n + 1}@example.com>,Parcel ${n + 1},open`,
  );
  const file = ['Ticket ID,Customer,Issue,Status', ...lines, lines[6]!.replace('open', 'closed')].join('\n');
  const first = await report(file);
  const seventh = first.known[0]!.ticket;
  expect(first).toMatchObject({ added: 4999, bad: [] });
  expect(first.known).toEqual([
    { line: 5001, ticket: seventh, note: 'the file says Closed, here it is Open: left as it is' },
  ]);
  const { rows } = await services.db.pool.query<{ id: number; external_id: string; told: string }>(
    `SELECT id, external_id, (SELECT text FROM ticket_entries e WHERE e.ticket_id = t.id) AS told
     FROM manual_tickets t ORDER BY id`,
  );
  expect(rows.map(({ external_id: id }) => Number(id))).toEqual(lines.map((_, n) => n + 1));
  expect(seventh).toBe(`T-${rows[6]!.id}`);
  expect(rows.every(({ told }, n) => told === `Brought in from line ${n + 2} of a spreadsheet`)).toBe(true);
  const second = await report(file);
  expect([second.added, second.known.length]).toEqual([0, 5000]);
}, 60_000);
