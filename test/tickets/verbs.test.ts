import type { LoaderFunctionArgs } from '@remix-run/node';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readRuleFigures } from '../../app/features/alerts/read-rule-figures.server.ts';
import { readWaitingFigures } from '../../app/features/waiting/read-waiting-figures.server.ts';
import { addTicket } from '../../app/features/tickets/add-ticket.server.ts';
import {
  type ChangeRequest,
  changeTicket,
  logEntry,
  removeTicketTexts,
} from '../../app/features/tickets/change-ticket.server.ts';
import { listTemplates, removeTemplate, saveTemplate } from '../../app/features/tickets/templates.server.ts';
import { loader } from '../../app/routes/tickets._index.tsx';
import { createTestServices, type TestServices } from '../support/services.ts';
import { openTestAccess } from '../support/sign-in.ts';
import { ADA, BEN, ticketWorld, type TicketWorld } from './world.ts';

let services: TestServices;
let world: TicketWorld;
beforeEach(async () => {
  services = await createTestServices();
  world = ticketWorld(services);
});
afterEach(() => services.close());

const change = (ticketId: number, more: Partial<ChangeRequest> = {}) =>
  changeTicket(services, {
    ...{ ticketId, version: 1, customer: 'Cleo', email: 'cleo@example.com', issue: 'My parcel never came' },
    ...{ status: 'open', responseMinutes: undefined, actor: BEN, now: new Date(), ...more },
  });

test('a line becomes a ticket: "Name <address>" is both, and the clock runs from when the customer wrote', async () => {
  const id = await world.add({ customer: 'Ada L. <ada@example.com>', email: '', minutesAgo: '12,5' });
  const { ticket, entries } = await world.read(id);
  expect(ticket).toMatchObject({ customer: 'Ada L.', email: 'ada@example.com', status: 'open', version: 1 });
  expect(Date.parse(ticket.dueAt) - Date.parse(ticket.receivedAt)).toBe(30 * 60_000);
  expect(Date.now() - Date.parse(ticket.receivedAt)).toBeGreaterThanOrEqual(12.5 * 60_000);
  expect(entries).toMatchObject([{ kind: 'created', by: 'Ada' }]);
});

test.each([
  [{ customer: ' ' }, 'customer_missing'],
  [{ issue: '\n' }, 'issue_missing'],
  [{ email: 'not an address' }, 'email_malformed'],
  [{ email: 'a@b.example\r\nBcc: x@example.com' }, 'email_malformed'],
  [{ customer: 'x'.repeat(201) }, 'too_long'],
  [{ minutesAgo: 'soon' }, 'minutes_malformed'],
  [{ minutesAgo: '-5' }, 'minutes_malformed'],
])('not taken: %j', async (fields, problem) => {
  const line = { customer: 'Cleo', email: '', issue: 'x', minutesAgo: '', actor: ADA, now: new Date() };
  expect(await addTicket(services, { ...line, ...fields })).toEqual({ outcome: 'refused', problem });
  expect((await world.list()).counts.all).toBe(0);
});

test('who waits by hand counts, past the target as well, until the answer, the end or Chatwoot', async () => {
  const late = await world.add({ minutesAgo: '31' });
  await world.add({ minutesAgo: '29' });
  const gone = await world.add({ minutesAgo: '50' });
  await change(gone, { status: 'closed' });
  const merged = await world.add({ minutesAgo: '50' });
  await services.db.pool.query('UPDATE manual_tickets SET merged_conversation = 7 WHERE id = $1', [merged]);
  const now = new Date();
  const { receivedAt } = (await world.read(late)).ticket;
  expect((await readWaitingFigures(services, now)).byHand).toEqual({
    waiting: 2,
    breached: 1,
    oldestSince: receivedAt,
  });
  const client = await services.db.pool.connect();
  const figures = await readRuleFigures(client, services.config, now, 1);
  client.release();
  expect(figures.backlog).toMatchObject({ slaBreaches: null, breachesByHand: 1 });
  await logEntry(services, { ticketId: late, kind: 'reply', text: 'Hi', actor: BEN, now });
  expect((await readWaitingFigures(services, now)).byHand).toMatchObject({ waiting: 1, breached: 0 });
});

test('two people edit the same ticket: the second is told by whom, and nothing is lost', async () => {
  const id = await world.add();
  const outcomes = await Promise.all([
    change(id, { issue: 'Parcel 1881', actor: ADA }),
    change(id, { status: 'answered', actor: BEN }),
  ]);
  expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['changed', 'changed_meanwhile']);
  const lost = outcomes.find(({ outcome }) => outcome === 'changed_meanwhile');
  const winner = outcomes[0] === lost ? 'Ben' : 'Ada';
  expect(lost).toMatchObject({ by: winner });
  expect((await world.read(id)).entries.filter(({ kind }) => kind === 'changed')).toHaveLength(1);
});

test('"answered" means now; minutes say otherwise, and never a time that is yet to come', async () => {
  const id = await world.add({ minutesAgo: '20' });
  expect(await change(id, { status: 'answered', responseMinutes: 25 })).toEqual({
    outcome: 'refused',
    problem: 'response_in_future',
  });
  await change(id, { status: 'answered' });
  const { ticket } = await world.read(id);
  expect(Date.parse(ticket.firstResponseAt!) - Date.parse(ticket.receivedAt)).toBeGreaterThanOrEqual(
    1_200_000,
  );
  await change(id, { version: 2, status: 'answered', responseMinutes: 12 });
  const after = await world.read(id);
  expect(Date.parse(after.ticket.firstResponseAt!) - Date.parse(ticket.receivedAt)).toBe(720_000);
  await change(id, { version: 3, status: 'answered', responseMinutes: null });
  expect((await world.read(id)).ticket).toMatchObject({ status: 'answered', firstResponseAt: null });
});

test('every change stands in the history before and after, and in the audit log without the words', async () => {
  const id = await world.add();
  await change(id, { issue: 'secret words', status: 'closed' });
  await logEntry(services, { ticketId: id, kind: 'note', text: 'called her', actor: BEN, now: new Date() });
  expect(await change(id, { version: 2, issue: 'secret words', status: 'closed' })).toEqual({
    outcome: 'nothing_changed',
    id,
  });
  const { entries } = await world.read(id);
  expect(entries.map(({ kind }) => kind)).toEqual(['created', 'changed', 'note']);
  expect(entries[1]!.changes).toEqual([
    { field: 'issue', before: 'My parcel never came', after: 'secret words' },
    { field: 'status', before: 'open', after: 'closed' },
  ]);
  const audit = await world.audit();
  expect(audit.map(({ action, target }) => `${action} ${target}`)).toEqual([
    `tickets.add ticket T-${id}`,
    `tickets.change ticket T-${id}`,
    `tickets.note ticket T-${id}`,
  ]);
  expect(JSON.stringify(audit)).not.toMatch(/secret words|called her|Cleo/);
});

test('an answer given by hand stops the clock once', async () => {
  const id = await world.add({ minutesAgo: '10' });
  const reply = (text: string) =>
    logEntry(services, { ticketId: id, kind: 'reply', text, actor: BEN, now: new Date() });
  await reply('It is on its way');
  const first = (await world.read(id)).ticket;
  expect(first.status).toBe('answered');
  await reply('Once more');
  expect((await world.read(id)).ticket.firstResponseAt).toBe(first.firstResponseAt);
});

test('whoever may not read texts sees none: not in the list, not in the history', async () => {
  const id = await world.add({ customer: 'Hunter Two', issue: 'hunter2' });
  await change(id, { customer: 'Hunter Two', issue: 'hunter2 again' });
  await logEntry(services, {
    ticketId: id,
    kind: 'note',
    text: 'hunter2 called',
    actor: BEN,
    now: new Date(),
  });
  const seen = JSON.stringify(await world.read(id, false));
  expect(seen).not.toMatch(/hunter|cleo/i);
  expect(seen).toContain('"field":"issue"');
});

test('by risk: unanswered before answered before closed, the longest waiting first', async () => {
  const young = await world.add({ minutesAgo: '5' });
  const old = await world.add({ minutesAgo: '50' });
  const answered = await world.add({ minutesAgo: '90' });
  const closed = await world.add({ minutesAgo: '120' });
  await change(answered, { status: 'answered' });
  await change(closed, { status: 'closed' });
  const list = await world.list();
  expect(list.items.map(({ id }) => id)).toEqual([old, young, answered, closed]);
  expect(list).toMatchObject({ late: 1, counts: { current: 3, answered: 1, closed: 1, merged: 0, all: 4 } });
});

test('with a key texts are sealed at rest; without it they are said to be', async () => {
  const sealed = await createTestServices({
    DATABASE_URL: services.databaseUrl,
    DATA_ENCRYPTION_KEYS: `one:${Buffer.alloc(32, 7).toString('base64')}`,
  });
  const own = ticketWorld(sealed);
  const id = await own.add({ issue: 'hunter2' });
  await logEntry(sealed, { ticketId: id, kind: 'note', text: 'hunter2 called', actor: BEN, now: new Date() });
  const stored = await services.db.pool.query(
    'SELECT to_jsonb(t) AS t, (SELECT jsonb_agg(e) FROM ticket_entries e) AS e FROM manual_tickets t',
  );
  expect(JSON.stringify(stored.rows)).not.toMatch(/hunter2|Cleo|cleo/);
  expect((await own.read(id)).ticket).toMatchObject({ customer: 'Cleo', issue: 'hunter2' });
  expect((await world.read(id)).ticket.issue).toContain('sealed with a key');
  await sealed.close();
});

test('texts of closed tickets are removed after the retention time; open ones never are', async () => {
  const closed = await world.add({ issue: 'hunter2' });
  const open = await world.add({ issue: 'still here' });
  await change(closed, { issue: 'hunter2', status: 'closed' });
  const later = (days: number) => ({ retentionDays: 30, now: new Date(Date.now() + days * 86_400_000) });
  expect(await removeTicketTexts(services.db.pool, later(29))).toBe(0);
  expect(await removeTicketTexts(services.db.pool, { ...later(99), retentionDays: 0 })).toBe(0);
  expect(await removeTicketTexts(services.db.pool, later(31))).toBe(1);
  expect(await removeTicketTexts(services.db.pool, later(31))).toBe(0);
  expect(JSON.stringify(await world.read(closed))).not.toMatch(/hunter2|Cleo/);
  expect((await world.read(closed)).ticket).toMatchObject({ status: 'closed', textRemoved: true });
  expect((await world.read(open)).ticket.issue).toBe('still here');
});

test.each([false, true])('going into Chatwoot is offered when there is one: %s', async (connected) => {
  const access = openTestAccess(services);
  const connection = {
    agentUrl: 'http://127.0.0.1:9',
    chatwootUrl: 'http://127.0.0.1:9',
    accountId: '2',
    apiToken: 'token',
  };
  const config = { ...services.config, connection: connected ? connection : null };
  try {
    const answer = await loader({
      request: new Request('http://page/tickets', { headers: { Cookie: await access.signIn('responder') } }),
      context: { ...access.context, services: { ...services, config } },
      params: {},
    } as unknown as LoaderFunctionArgs);
    expect(await answer.json()).toMatchObject({ connected });
  } finally {
    access.stop();
  }
});

test("templates: the runbook's sentence is there from the start; changed by one person at a time", async () => {
  const [first] = await listTemplates(services);
  const all = await listTemplates(services);
  expect(
    all.some(({ body }) => body.includes("We're experiencing technical issues, responses may be delayed")),
  ).toBe(true);
  const who = { actor: ADA, now: new Date() };
  const text = { name: 'N', subject: 'S {{ticket}}', body: 'B {{ customer }}' };
  expect(await saveTemplate(services, { id: null, version: 0, ...text, body: '{{adress}}', ...who })).toEqual(
    { outcome: 'unknown_field', field: 'adress' },
  );
  expect(await saveTemplate(services, { id: null, version: 0, ...text, name: ' ', ...who })).toEqual({
    outcome: 'text_missing',
  });
  const saved = await saveTemplate(services, { id: null, version: 0, ...text, ...who });
  expect(saved.outcome).toBe('saved');
  expect((await saveTemplate(services, { id: first!.id, version: 1, ...text, ...who })).outcome).toBe(
    'saved',
  );
  expect((await saveTemplate(services, { id: first!.id, version: 1, ...text, ...who })).outcome).toBe(
    'changed_meanwhile',
  );
  expect((await removeTemplate(services, { id: first!.id, version: 2, ...who })).outcome).toBe('removed');
  expect(await listTemplates(services)).toHaveLength(all.length);
});

test('what Chatwoot says of a ticket may name the customer: only who may read texts sees it', async () => {
  const id = await world.add({ customer: 'Zyxwyn' });
  await services.db.pool.query(
    `UPDATE manual_tickets SET merge_state = 'failed', merge_by = 'Ines', merge_result = 'Chatwoot does not take it (422): zyxwyn@example.com is blocked' WHERE id = $1`,
    [id],
  );
  expect(JSON.stringify(await world.read(id, true))).toContain('zyxwyn@example.com is blocked');
  expect(JSON.stringify(await world.read(id, false))).not.toMatch(/zyxwyn/i);
  expect((await world.read(id, false)).ticket.merge).toMatchObject({ state: 'failed', result: null });
});
