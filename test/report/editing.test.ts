import { afterEach, beforeEach, expect, test } from 'vitest';
import { addAction, changeAction } from '../../app/features/report/change-report.server.ts';
import { readReport, readReportEditor } from '../../app/features/report/read-report.server.ts';
import { reopenReport, signReport } from '../../app/features/report/sign-report.server.ts';
import { EMPTY_CONTENT } from '../../app/features/report/report-content.ts';
import { saveDraft, settleAside } from '../../app/features/report/save-draft.server.ts';
import { ADA, at, createReportWorld, EVE, insertIncident } from './report-world.ts';

let world: Awaited<ReturnType<typeof createReportWorld>>;
beforeEach(async () => {
  world = await createReportWorld();
});
afterEach(() => world.services.close());

const request = (minutes: number, actor = ADA) => ({ incidentId: world.incidentId, actor, now: at(minutes) });
const texts = (rootCause: string) => ({ ...EMPTY_CONTENT, rootCause });
const save = (minutes: number, version: number, rootCause: string, actor = ADA) =>
  saveDraft(world.services, { ...request(minutes, actor), version, content: texts(rootCause) });
const editor = () => readReportEditor(world.services, world.incidentId);
const actions = async () =>
  (
    await world.pool.query<{ action: string }>(
      "SELECT action FROM audit_log WHERE action LIKE 'report.%' ORDER BY id",
    )
  ).rows.map(({ action }) => action);

test('two editors at once: the first one is saved, the other one is told, and both texts are there', async () => {
  const [one, two] = await Promise.all([save(70, 0, 'Redis was full.'), save(70, 0, 'A bad deploy.', EVE)]);
  expect([one.outcome, two.outcome].sort()).toEqual(['kept_beside', 'saved']);
  const { content, version, asides, versions } = await editor();
  expect(version).toBe(1);
  expect(versions).toHaveLength(1);
  expect([content.rootCause, asides[0]!.content.rootCause].sort()).toEqual([
    'A bad deploy.',
    'Redis was full.',
  ]);
  expect((await actions()).sort()).toEqual(['report.kept_beside', 'report.saved']);
  expect(await settleAside(world.services, { ...request(71), aside: asides[0]!.id })).toEqual({
    outcome: 'settled',
  });
  expect(await settleAside(world.services, { ...request(71), aside: asides[0]!.id })).toEqual({
    outcome: 'no_such_aside',
  });
  expect((await editor()).asides).toEqual([]);
});

test('two who write different sections are not in each other’s way', async () => {
  await save(70, 0, 'Redis was full.');
  const eve = { ...request(71, EVE), version: 0, content: { summary: 'No chat for 40 minutes.' } };
  expect(await saveDraft(world.services, eve)).toEqual({ outcome: 'saved', version: 2 });
  expect((await editor()).content).toMatchObject({
    summary: 'No chat for 40 minutes.',
    rootCause: 'Redis was full.',
  });
});

test('every save is a version; the same again is none', async () => {
  expect(await save(70, 0, 'One')).toEqual({ outcome: 'saved', version: 1 });
  expect(await save(71, 1, 'Two', EVE)).toEqual({ outcome: 'saved', version: 2 });
  expect(await save(72, 1, 'Two')).toEqual({ outcome: 'unchanged', version: 2 });
  expect((await editor()).versions.map(({ version, by }) => [version, by])).toEqual([
    [2, 'Eve'],
    [1, 'Ada'],
  ]);
});

test('signed by a named person when it is over and its root cause is written; it stays as it was', async () => {
  const sign = (version: number) => signReport(world.services, { ...request(80), version });
  expect(await sign(0)).toEqual({ outcome: 'root_cause_missing' });
  await save(70, 0, 'Redis was full.');
  expect(await sign(0)).toEqual({ outcome: 'changed_meanwhile' });
  expect(await sign(1)).toEqual({ outcome: 'report_signed' });
  expect(await sign(1)).toEqual({ outcome: 'signed' });
  expect(await save(81, 1, 'Else')).toEqual({ outcome: 'signed' });
  const read = () =>
    readReport(world.services, { incidentId: world.incidentId, withCustomers: true, now: at(999) });
  const signed = (await read())!;
  expect(signed).toMatchObject({
    state: 'signed',
    signedBy: 'Ada',
    signedAt: at(80).toISOString(),
    writtenAt: at(80).toISOString(),
    messages: { ledger: { at: at(80).toISOString(), balanced: true } },
  });
  await world.pool.query('DELETE FROM incident_timeline');
  expect(await read()).toEqual(signed);
  expect(await reopenReport(world.services, { ...request(90), reason: ' ' })).toEqual({
    outcome: 'reason_missing',
  });
  expect(await reopenReport(world.services, { ...request(90), reason: 'It was the disk.' })).toEqual({
    outcome: 'report_reopened',
  });
  expect((await read())!.state).toBe('draft');
  expect(await actions()).toEqual(['report.saved', 'report.signed', 'report.reopened']);
});

test('what is not over is not signed', async () => {
  const incidentId = await insertIncident(world.services, null);
  await saveDraft(world.services, {
    ...request(30),
    incidentId,
    version: 0,
    content: texts('Redis was full.'),
  });
  expect(await signReport(world.services, { ...request(31), incidentId, version: 1 })).toEqual({
    outcome: 'not_resolved',
  });
  expect(
    await saveDraft(world.services, { ...request(30), incidentId: 999, version: 0, content: texts('x') }),
  ).toEqual({
    outcome: 'not_found',
  });
});

test('preventive actions: one change at a time wins, also after the report is signed', async () => {
  const input = {
    kind: 'monitoring' as const,
    action: 'Watch the memory of Redis',
    owner: 'Max',
    dueOn: '2026-10-01',
  };
  const added = await addAction(world.services, { ...request(70), input });
  expect(added).toMatchObject({ outcome: 'action_added' });
  const { id, version } = (await editor()).actions[0]!;
  const change = (state: 'done' | 'dropped') =>
    changeAction(world.services, { ...request(71), id, version, input, state });
  expect(await change('done')).toEqual({ outcome: 'action_changed' });
  expect(await change('dropped')).toEqual({ outcome: 'changed_meanwhile' });
  expect((await editor()).actions).toEqual([{ id, ...input, state: 'done', version: 2 }]);
});
