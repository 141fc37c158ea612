import { createSecretKey } from 'node:crypto';
import ICAL from 'ical.js';
import { afterEach, expect, test } from 'vitest';
import { deactivatePerson, reactivatePerson } from '../../app/features/access/people/change-people.server.ts';
import { changeContactsByForm } from '../../app/features/incidents/escalation/change-contacts-by-form.server.ts';
import { readContactsPage } from '../../app/features/incidents/escalation/read-contacts.server.ts';
import { renderCalendar } from '../../app/features/incidents/on-call/calendar.server.ts';
import { readIncident } from '../../app/features/incidents/read-incident.server.ts';
import { sealText } from '../../app/lib/body-cipher.server.ts';
import { person } from '../support/person.ts';
import { addPerson } from '../support/sign-in.ts';
import { openContactsForms, type ContactsForms } from './contacts-forms.ts';
import { createStory, type Story } from './story-world.ts';

let story: Story | undefined;
let forms: ContactsForms | undefined;
afterEach(async () => {
  await story?.close();
  await forms?.close();
  [story, forms] = [undefined, undefined];
});

/** The story begins on a Tuesday, 2026-09-22 05:00 UTC, 07:00 in Berlin. */
const ROTATION = {
  do: 'add-rotation',
  role: 'Engineering Manager',
  zone: 'Europe/Berlin',
  starts_on: '2026-09-22',
  hand_over: '07:05',
};

async function storyWithTwo(): Promise<{ send: ReturnType<typeof sendIn>; ids: [string, string] }> {
  story = await createStory();
  const { id: ben } = (
    await story.query<{ id: number }>(
      `INSERT INTO contacts (role, name, audience, position, channels)
       VALUES ('Engineering Manager', 'Ben', 'responder', 9, '[{"id":"mail","kind":"email","address":"ben@example.com","secret":null}]')
       RETURNING id`,
    )
  )[0]!;
  const { id: max } = (await story.query<{ id: number }>("SELECT id FROM contacts WHERE name = 'Max'"))[0]!;
  await story.chatwoot.setMode('status', { status: 503 });
  return { send: sendIn(story), ids: [String(max), String(ben)] };
}

const sendIn = (told: Story) => (fields: Record<string, string | string[]>) =>
  changeContactsByForm(told.services, {
    fields: new URLSearchParams(
      Object.entries(fields).flatMap(([name, values]) => [values].flat().map((value) => [name, value])),
    ),
    actor: person('Nora'),
    now: told.now(),
  });

const mailsOf = (arrived: string[]) =>
  arrived.flatMap((line) => /^[\d.]+ email to (?!support)\S+/.exec(line) ?? []);

test('the ladder tells who is on call when a step is due, and the hand-over changes whom the next step tells', async () => {
  const { send, ids } = await storyWithTwo();
  // Ben until 07:05, then Max; the steps are due at once and after 10 minutes.
  expect(await send({ ...ROTATION, starts_on: '2026-09-15', person: [ids[1], ids[0]] })).toMatchObject({
    outcome: 'done',
  });
  await story!.runTo(1);
  expect(mailsOf(story!.arrived())).toEqual(['0.5 email to ben@example.com:']);
  const before = (await readIncident(story!.services, 1, story!.now()))!;
  expect(before.onCall).toEqual([{ role: 'Engineering Manager', names: ['Ben'], gap: null }]);
  expect(
    before.ladder
      .filter(({ role }) => role === 'Engineering Manager')
      .map(({ state, contacts, onCall }) => [state, contacts.map(({ name }) => name), onCall]),
  ).toEqual([
    ['told', ['Ben'], null],
    ['waiting', ['Max'], { gap: null }],
  ]);
  await story!.runTo(11);
  expect(mailsOf(story!.arrived())).toContain('10 email to manager@example.com:');
  const after = (await readIncident(story!.services, 1, story!.now()))!;
  // Who was told stays so, whoever is on call since.
  expect(
    after.ladder
      .filter(({ role }) => role === 'Engineering Manager')
      .map(({ contacts }) => contacts[0]!.name),
  ).toEqual(['Ben', 'Max']);
  expect(after.timeline.map(({ text }) => text)).toContainEqual(
    expect.stringMatching(/^Told Engineering Manager \(Ben\), who is on call\. /),
  );
});

test('a gap is told to everybody with the role, and says so', async () => {
  const { send, ids } = await storyWithTwo();
  await send({ ...ROTATION, starts_on: '2026-10-01', person: ids });
  await story!.runTo(1);
  expect(mailsOf(story!.arrived())).toEqual([
    '0.5 email to ben@example.com:',
    '0.5 email to manager@example.com:',
  ]);
  const { timeline, onCall } = (await readIncident(story!.services, 1, story!.now()))!;
  const gap = 'Nobody is on call: everybody with this role is told.';
  expect(timeline.map(({ text }) => text)).toContainEqual(expect.stringContaining(gap));
  expect(onCall).toEqual([{ role: 'Engineering Manager', names: ['Max', 'Ben'], gap }]);
});

test('whoever is on call and has no address is no gap in the telling', async () => {
  const { send, ids } = await storyWithTwo();
  await send({ ...ROTATION, starts_on: '2026-09-15', person: [ids[1]] });
  await story!.query("UPDATE contacts SET channels = '[]' WHERE name = 'Ben'");
  await story!.runTo(1);
  expect(mailsOf(story!.arrived())).toEqual(['0.5 email to manager@example.com:']);
  const { timeline } = (await readIncident(story!.services, 1, story!.now()))!;
  expect(timeline.map(({ text }) => text)).toContainEqual(
    expect.stringContaining('Ben is on call and cannot be reached: everybody with this role is told.'),
  );
  await story!.query("UPDATE contacts SET removed_at = now() WHERE name = 'Ben'");
  const page = await readContactsPage(story!.services, new URLSearchParams(), story!.now());
  expect(page.rotations[0]!.now.gap).toBe(
    'Who is on call is no contact any more: everybody with this role is told.',
  );
});

test('stand-ins, swaps and what is wrong with them; the audit log has each', async () => {
  forms = await openContactsForms();
  // 2026-11-23 05:12 UTC is a Monday, 06:12 in Berlin.
  const ids = (await forms.page()).contacts.map(({ id }) => String(id)).slice(0, 2);
  const rotation = { ...ROTATION, role: 'Support Lead', starts_on: '2026-11-16', hand_over: '09:00' };
  const wrong = async (fields: Record<string, string | string[]>) => {
    const answer = await forms!.send(fields);
    return answer.outcome === 'problem' ? [answer.field, answer.problem] : answer;
  };
  expect(await wrong({ ...rotation, person: [] })).toEqual(['person', 'Choose who is on call first.']);
  expect(await wrong({ ...rotation, person: ['999'] })).toEqual(['person', 'Choose from the contacts.']);
  expect(await wrong({ ...rotation, person: ids, zone: 'Mars/Base' })).toEqual([
    'zone',
    'No time zone has that name. One is, for example, Europe/Berlin.',
  ]);
  expect(await wrong({ ...rotation, person: ids, starts_on: '2026-02-30' })).toEqual([
    'starts_on',
    'Give a day, e.g. 2027-01-04.',
  ]);
  expect(await wrong({ ...rotation, person: ids, hand_over: '24:00' })).toEqual([
    'hand_over',
    'Give a time, e.g. 09:00.',
  ]);
  expect(await forms.send({ ...rotation, person: ids })).toMatchObject({ outcome: 'done' });
  // A role has one rotation.
  expect(await forms.send({ ...rotation, person: ids })).toMatchObject({ outcome: 'problem', status: 409 });
  const shown = async () => (await forms!.page()).rotations[0]!;
  const turnsOf = async () =>
    (await shown()).turns
      .slice(0, 4)
      .map(({ contactId, from, instead }) => [ids.indexOf(String(contactId)), from.slice(5, 16), instead]);
  expect(await turnsOf()).toEqual([
    [0, '11-16T08:00', false],
    [1, '11-23T08:00', false],
    [0, '11-30T08:00', false],
    [1, '12-07T08:00', false],
  ]);
  const id = String((await shown()).id);
  const standIn = {
    do: 'add-override',
    id,
    contact: ids[1]!,
    from: '2026-11-23T06:00',
    until: '2026-11-23T07:00',
  };
  expect(await wrong({ ...standIn, until: '2026-11-23T06:00' })).toEqual([
    'until',
    'The end must be after the beginning.',
  ]);
  expect(await wrong({ ...standIn, contact: '999' })).toEqual([
    'contact',
    'Choose from those who are contacts.',
  ]);
  expect(await wrong({ ...standIn, until: '2027-11-23T06:00' })).toEqual([
    'until',
    'At most three months: change the rotation instead.',
  ]);
  expect(await forms.send(standIn)).toMatchObject({ outcome: 'done' });
  expect(await shown()).toMatchObject({ isOverridden: true, now: { gap: expect.any(String) as string } });

  const [, second, third] = (await shown()).turns.filter(({ instead }) => !instead);
  expect(await wrong({ do: 'swap-turns', id, turn: second!.from, with: second!.from })).toEqual([
    'with',
    'Choose turns of two people.',
  ]);
  expect(await wrong({ do: 'swap-turns', id, turn: 'x', with: third!.from })).toEqual([
    'turn',
    'Choose a turn that is still to come.',
  ]);
  const turns = (await shown()).turns.filter(({ from }) => from > '2026-11-23T08');
  const swap = { do: 'swap-turns', id, turn: turns[0]!.from, with: turns[1]!.from };
  expect(await forms.send(swap)).toMatchObject({ outcome: 'done' });
  const swapped = (await shown()).turns.filter(({ from }) => from > '2026-11-23T08');
  expect(swapped.slice(0, 2).map(({ contactId }) => contactId)).toEqual(
    turns
      .slice(0, 2)
      .map(({ contactId }) => contactId)
      .reverse(),
  );
  for (const { id: override } of (await shown()).overrides)
    expect(await forms.send({ do: 'remove-override', id, override: String(override) })).toMatchObject({
      outcome: 'done',
    });
  expect(await turnsOf()).toHaveLength(4);
  expect(await forms.send({ do: 'remove-rotation', id, version: '1' })).toMatchObject({ outcome: 'done' });
  expect((await forms.audited()).map(({ action }) => action)).toEqual([
    ...['on_call.add', 'on_call.override', 'on_call.swap'],
    ...['on_call.remove_override', 'on_call.remove_override', 'on_call.remove_override', 'on_call.remove'],
  ]);
});

test('no calendar is made that nobody could open, and it is said why', async () => {
  forms = await openContactsForms();
  const { services } = forms.world;
  await addPerson(services.databaseUrl, 'admin', 'Olga');
  const ada = await addPerson(services.databaseUrl, 'responder', 'Ada');
  const lost = sealText([{ id: 'lost', key: createSecretKey(Buffer.alloc(32, 7)) }], 'x', 'message-link-key');
  await services.db.pool.query('INSERT INTO message_link_key (key, made_at) VALUES ($1, now())', [lost]);
  const made = await changeContactsByForm(services, {
    fields: new URLSearchParams({ do: 'make-calendar', id: '1' }),
    actor: { ...person('Ada'), personId: ada.id },
    now: new Date('2026-11-23T05:12:00Z'),
  });
  expect(made).toMatchObject({
    outcome: 'problem',
    problem: expect.stringContaining('DATA_ENCRYPTION_KEYS') as string,
  });
  expect((await services.db.pool.query('SELECT FROM on_call_calendars')).rowCount).toBe(0);
});

test('a calendar has its turns under an address that only its owner has, and that ends with them', async () => {
  forms = await openContactsForms();
  const { services } = forms.world;
  const { now } = { now: new Date('2026-11-23T05:12:00Z') };
  await forms.send({
    do: 'edit-contact',
    ...(await forms.targetOf('CEO')),
    role: 'CEO',
    name: 'Ana, Dr.',
    audience: 'executive',
  });
  const ids = ['CEO', 'Support Lead'];
  const people = await Promise.all(ids.map(async (role) => String((await forms!.contactOf(role)).id)));
  await forms.send({ ...ROTATION, starts_on: '2026-10-20', hand_over: '02:30', person: people });
  await addPerson(services.databaseUrl, 'admin', 'Olga');
  const ada = await addPerson(services.databaseUrl, 'responder', 'Ada');
  const own = async (verb: string) =>
    changeContactsByForm(services, {
      fields: new URLSearchParams({ do: verb, id: '1' }),
      actor: { ...person('Ada'), personId: ada.id },
      now,
    });
  const address = async () =>
    (await readContactsPage(services, new URLSearchParams(), now, { personId: ada.id })).rotations[0]!
      .calendar;
  const fileOf = (url: string) => url.slice(url.lastIndexOf('/') + 1);
  expect(await address()).toBeNull();
  expect(await own('make-calendar')).toMatchObject({ outcome: 'done' });
  const url = (await address())!;
  expect(url).toMatch(/^https:\/\/outage\.example\.com\/on-call\/1\.[\w-]{43}\.ics$/);
  expect((await forms.page()).rotations[0]!.calendar).toBeNull();

  const text = (await renderCalendar(services, fileOf(url), now))!;
  const events = new ICAL.Component(ICAL.parse(text) as unknown[]).getAllSubcomponents('vevent');
  const read = events.map((event) => new ICAL.Event(event));
  expect(read).toHaveLength(30);
  expect(new Set(read.map(({ uid }) => uid)).size).toBe(30);
  expect(
    read
      .slice(0, 3)
      .map(({ summary, startDate, endDate }) => [
        summary,
        startDate.toJSDate().toISOString().slice(0, 16),
        endDate.toJSDate().toISOString().slice(0, 16),
      ]),
  ).toEqual([
    // Clocks are set back on October 25: the first turn is a week and an hour long.
    ['Ana, Dr. is on call (Engineering Manager)', '2026-10-20T00:30', '2026-10-27T01:30'],
    ['Support Lead is on call (Engineering Manager)', '2026-10-27T01:30', '2026-11-03T01:30'],
    ['Ana, Dr. is on call (Engineering Manager)', '2026-11-03T01:30', '2026-11-10T01:30'],
  ]);

  const other = fileOf(url).replace(/^1/, '2');
  for (const file of [other, fileOf(url).slice(0, -5), `${'x'.repeat(3000)}`, '1.ics', ''])
    expect(await renderCalendar(services, file, now)).toBeNull();
  const nora = person('Nora', { id: 'cli', role: 'operator', via: 'cli' });
  expect(await deactivatePerson(services, { personId: ada.id, actor: nora, now })).toEqual({
    outcome: 'changed',
  });
  expect(await renderCalendar(services, fileOf(url), now)).toBeNull();
  await reactivatePerson(services, { personId: ada.id, actor: nora, now });
  expect(await renderCalendar(services, fileOf(url), now)).toBeNull();

  await own('make-calendar');
  const again = (await address())!;
  expect(again).not.toBe(url);
  expect(await renderCalendar(services, fileOf(again), now)).not.toBeNull();
  await services.db.pool.query("UPDATE people SET role = 'viewer' WHERE id = $1", [ada.id]);
  expect(await renderCalendar(services, fileOf(again), now)).toBeNull();
  await services.db.pool.query("UPDATE people SET role = 'responder' WHERE id = $1", [ada.id]);
  expect(await own('end-calendar')).toMatchObject({ outcome: 'done' });
  expect(await renderCalendar(services, fileOf(again), now)).toBeNull();
});
