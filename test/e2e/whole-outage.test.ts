import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FallbackRun, FallbackState } from '../../app/features/fallback/fallback-view.ts';
import type { RecoveryPageView } from '../../app/features/recovery/decide-recovery-step.ts';
import type { IncidentDetail, IncidentSummary } from '../../app/features/incidents/incident-view.ts';
import type { IncidentReport } from '../../app/features/report/report-view.ts';
import type { Conversation } from '../../app/sandbox/chatwoot/records.ts';
import { until } from '../support/until.ts';
import { saysOneNumber } from './one-number.ts';
import { createOutageWorld, type OutageWorld } from './whole-outage-world.ts';
import { FACTS, type FactType } from '../../app/features/facts/fact-types.ts';

/** Everything runs at once on a machine that may be busy with other tests, ms. */
const PATIENCE_MS = 60_000;

let world: OutageWorld;
beforeAll(async () => {
  world = await createOutageWorld();
});
afterAll(() => world.close());

interface FallbackAnswer extends FallbackState {
  run: FallbackRun | null;
  waiting: { held: number; skipped: number };
}
interface Ledger {
  received: number;
  delivered: number;
  pending: number;
  held: number;
  dead: number;
  discarded: number;
  reconciled: number;
  balanced: boolean;
}

const eventually = <T>(what: string, check: () => Promise<T> | T) => until(what, check, PATIENCE_MS);
const incidents = async () => (await world.get<{ incidents: IncidentSummary[] }>('/api/incidents')).incidents;
const incident = (id: number) => world.get<IncidentDetail>(`/api/incidents/${id}`);
const fallback = () => world.get<FallbackAnswer>('/api/fallback/toggle');
const gates = () => world.get<RecoveryPageView>('/api/gates');
const ledger = async () => (await world.get<{ ledger: Ledger }>('/api/status')).ledger;
/** All pages together, as the story goes on. */
const agree = (state: string) => saysOneNumber(state, (path) => world.page(path));
const guideStep = async (id: number, key: string) =>
  (await incident(id)).guide.find((step) => step.key === key);
const slack = () => world.told.slack.received.map(({ text }) => text).join('\n');
/** Customers' messages of a conversation that the Agent service took. */
const drafted = ({ id }: Conversation) =>
  world.agent.records
    .ofConversation(id)
    .filter(({ event, messageType }) => event === 'message_created' && messageType === 'incoming').length;

test('a whole outage: noticed, told, taken, worked through by hand, repaired, proved, closed, reported', async () => {
  const { chatwoot, agent, told } = world;

  // An ordinary morning.
  const early = world.customer('Where is my order?');
  await eventually('the first customer is served', () => drafted(early) === 1);
  world.answers(early);
  await eventually('all checks are green', async () =>
    (await gates()).restore.items.filter(({ how }) => how === 'app').every(({ done }) => done),
  );
  await eventually(
    'those who wait are counted',
    async () => !(await world.page('/')).includes('being counted'),
  );

  await agree('calm');

  // Chatwoot fails: two checks in a row, one incident, and everybody is told.
  await chatwoot.setMode('status', { status: 503 });
  const id = await eventually('there is an incident', async () => (await incidents())[0]?.id);
  const opened = await incident(id);
  expect(opened).toMatchObject({ severity: 'P0', cause: 'chatwoot', status: 'open', stillFiring: true });
  await eventually('Slack, e-mail, PagerDuty and the webhook were told', () =>
    [told.slack, told.email, told.pagerduty, told.webhook].every(({ received }) => received.length > 0),
  );
  expect(told.pagerduty.received[0]!.body).toMatchObject({ event_action: 'trigger' });

  await agree('an incident that nobody has taken');

  // A person takes it, and begins with the runbook's first step, which the app does with one click.
  expect(await world.post(`/api/incidents/${id}/acknowledge`)).toMatchObject({ status: 200 });
  expect(await world.post(`/api/incidents/${id}/acknowledge`)).toMatchObject({ status: 409 });
  expect(await world.post(`/api/incidents/${id}/run-step`, { step: 'chatwoot.scope' })).toMatchObject({
    status: 200,
  });
  expect((await guideStep(id, 'chatwoot.scope'))?.evidence).toContain('503');
  expect(await world.post(`/api/incidents/${id}/resolve`, { resolution: 'too early' })).toMatchObject({
    status: 409,
    body: { outcome: 'still_firing' },
  });

  // Fallback mode; the out-of-office message has to wait for Chatwoot.
  const [inbox] = chatwoot.store.inboxes;
  const on = await world.post('/api/fallback/toggle', {
    to: 'on',
    reason: 'Chatwoot answers 503',
    inbox: String(inbox!.id),
  });
  expect(on).toMatchObject({ status: 200, body: { outcome: 'switched', state: 'on' } });
  expect(await world.post('/api/fallback/toggle', { to: 'on', reason: 'me too' })).toMatchObject({
    status: 409,
    body: { outcome: 'not_switched', by: 'Ada' },
  });
  expect(await world.page('/')).toContain('Fallback mode is on: answer by hand');
  await eventually('#support was told', () => slack().includes('Fallback mode is on'));
  await eventually(
    'the guide says so',
    async () => (await guideStep(id, 'chatwoot.notice'))?.state === 'done',
  );
  expect(await guideStep(id, 'chatwoot.fallback')).toMatchObject({ state: 'done', by: 'Outage Center' });

  // Customers write on. One is answered by hand, and one's webhook never arrives.
  const waits = world.customer('It is broken');
  const answered = world.customer('I need it today');
  await eventually('they are held', async () => (await fallback()).waiting.held > 0);
  world.answers(answered);
  await chatwoot.webhooks.idle();
  chatwoot.webhooks.lose(() => true);
  const lost = world.customer('Can you hear me?');
  await chatwoot.webhooks.idle();
  chatwoot.webhooks.lose(null);
  await eventually('the answered one is known', async () => (await fallback()).waiting.skipped === 1);
  expect([drafted(waits), drafted(answered), drafted(lost)]).toEqual([0, 0, 0]);
  await eventually('the pages say what is held and who waits', async () => {
    const said = await agree('answered by hand, with messages held');
    return said['ledger: held'] && said['customers who wait'];
  });
  const inboxStep = async () => (await fallback()).run?.steps.find(({ kind }) => kind === 'inbox');
  expect((await inboxStep())?.state).not.toBe('done');

  // Somebody writes by e-mail, and is kept as a ticket.
  expect(
    await world.form('/tickets?index', {
      do: 'add',
      customer: 'Mara Lind <mara@example.com>',
      issue: 'Wrong size',
    }),
  ).toBe('/tickets?done=added&n=1');

  await agree('a ticket kept by hand');

  // Chatwoot is repaired. The alert clears by itself, the step that failed is done, the lost message is found.
  await chatwoot.setMode('ok');
  await eventually('the incident has recovered', async () => (await incident(id)).recoveredAt !== null);
  const step = await eventually('the step is done, or waits for a person', async () => {
    const found = await inboxStep();
    return found?.state === 'done' || found?.state === 'failed' ? found : null;
  });
  if (step.state === 'failed')
    expect(await world.post('/api/fallback/steps', { do: 'retry', step: String(step.id) })).toMatchObject({
      body: { outcome: 'retried' },
    });
  await eventually(
    'customers get the out-of-office message',
    async () => (await inboxStep())?.state === 'done',
  );
  await eventually('the lost message is here', async () => (await ledger()).reconciled > 0);

  // Not back to automation before it is proved: the checklist, with a real conversation from end to end.
  const refused = await world.ops('fallback', 'off', '--reason', 'repaired');
  expect([refused.code, refused.output]).toEqual([
    1,
    expect.stringContaining('the restore checklist is open'),
  ]);
  expect(await world.post('/api/canary')).toMatchObject({ status: 202 });
  const canary = await eventually('the draft waits for a person', async () => {
    const { canary: run } = await gates();
    return run?.waitsForApproval ? run : null;
  });
  expect(await world.post(`/api/canary/${canary.id}/approve`)).toMatchObject({ status: 200 });
  await eventually('the canary has passed', async () => (await gates()).canary?.outcome === 'passed');
  for (const item of ['sla', 'team'])
    await world.post('/api/gates/mark', { gate: 'restore', item, done: 'yes', note: 'done' });
  await eventually('the checklist is done', async () => !(await gates()).restore.open);
  expect(drafted(waits)).toBe(0);

  const off = await world.ops('fallback', 'off', '--reason', 'repaired');
  expect([off.code, off.output]).toEqual([
    0,
    expect.stringContaining('Left out because a person had answered: 1'),
  ]);
  await eventually('everything that waited is dealt with', async () => {
    const { pending, held } = await ledger();
    return pending + held === 0;
  });
  expect([drafted(waits), drafted(answered), drafted(lost)]).toEqual([1, 0, 1]);
  await eventually('the inbox is as it was', async () =>
    (await fallback()).run?.steps.every(({ direction, state }) => direction === 'on' || state === 'done'),
  );
  expect(await world.page('/')).not.toContain('Fallback mode is on: answer by hand');
  await eventually('#support was told that it is over', () => slack().includes('Fallback mode is off'));

  // The ticket goes on in Chatwoot.
  expect(await world.form('/tickets/merge', { ticket: '1', inbox: String(inbox!.id) })).toContain(
    'merge_started',
  );
  const merged = await eventually('the ticket is in Chatwoot', () =>
    [...chatwoot.store.conversations.values()].find(({ contact }) => contact.email === 'mara@example.com'),
  );
  await eventually('with its history as a private note', () =>
    merged.messages.some((message) => message.private && message.content?.includes('Wrong size')),
  );

  await agree('recovered');

  // Recovered is proved, not felt.
  const unproved = await world.post(`/api/incidents/${id}/resolve`, { resolution: 'Restarted' });
  expect(unproved).toMatchObject({ status: 409, body: { outcome: 'not_verified' } });
  for (const conversation of [waits, lost, merged]) world.answers(conversation);
  await world.post('/api/gates/mark', { gate: 'recovery', incident: String(id), item: 'sla', done: 'yes' });
  await eventually('the recovery is proved', async () => {
    const { recovery } = await gates();
    if (!recovery?.passed) throw new Error(recovery?.lacking ?? 'no gate');
    return true;
  });
  expect(
    await world.post(`/api/incidents/${id}/resolve`, { resolution: 'Chatwoot was restarted' }),
  ).toMatchObject({
    status: 200,
    body: { outcome: 'resolved' },
  });
  await eventually('PagerDuty was told', () =>
    told.pagerduty.received.some(({ body }) => body.event_action === 'resolve'),
  );

  await agree('resolved');

  // Everybody is told, and the report is written from the record and signed.
  for (const item of ['management', 'status_page', 'summary', 'customers'])
    expect(
      await world.post('/api/gates/mark', { gate: 'recovery', incident: String(id), item, done: 'yes' }),
    ).toMatchObject({ status: 200 });
  const report = `/api/incidents/${id}/report`;
  expect(await world.post(`${report}/sign`, { version: '0' })).toMatchObject({
    status: 409,
    body: { outcome: 'root_cause_missing' },
  });
  expect(
    await world.post(`${report}/save`, { version: '0', rootCause: 'Its database had no room left.' }),
  ).toMatchObject({ body: { outcome: 'saved' } });
  expect(await world.post(`${report}/sign`, { version: '1' })).toMatchObject({
    body: { outcome: 'report_signed' },
  });
  const signed = await world.get<IncidentReport>(`${report}?format=json`);
  expect(signed).toMatchObject({
    state: 'signed',
    signedBy: 'Ada',
    incident: { acknowledgedBy: 'Ada', resolvedBy: 'Ada', resolution: 'Chatwoot was restarted' },
    messages: { lost: 0, recovered: 1, undelivered: 0, discarded: 1 },
    overrides: [],
  });
  expect(signed.detection.alerts[0]?.rule).toBe('chatwoot_down');
  expect(signed.told.length).toBeGreaterThan(0);
  const markdown = await world.ops('report', '--incident', String(id), '--format', 'md');
  expect([markdown.code, markdown.stdout]).toEqual([
    0,
    expect.stringContaining('Its database had no room left.'),
  ]);

  // Nothing was lost, and it is on record who did what.
  const end = await ledger();
  expect(end).toMatchObject({ balanced: true, dead: 0, pending: 0, held: 0, discarded: 1 });
  expect(end.received).toBe(end.delivered + end.discarded);
  expect(agent.records.overlapCount()).toBe(0);
  const { timeline } = await incident(id);
  const sources = new Set(timeline.map(({ source }) => source));
  for (const source of ['probe', 'alert', 'notification', 'person', 'guide', 'fallback'] as const)
    expect(sources).toContain(source);
  expect((await world.ops('verify-audit')).code).toBe(0);
  // Every fact of the story has the shape that is written down for its type.
  const { rows: facts } = await world.services.db.pool.query<{
    type: FactType;
    value: unknown;
    metadata: unknown;
  }>('SELECT fact_type AS type, value, metadata FROM dashboard_facts');
  const misshapen = facts.filter(({ type, value, metadata }) => {
    const shape = FACTS[type];
    return !shape.value.safeParse(value).success || !shape.metadata.safeParse(metadata).success;
  });
  expect(misshapen).toEqual([]);
  expect(new Set(facts.map(({ type }) => type)).size).toBeGreaterThan(15);
}, 600_000);

test('while messages are refused for good, every page has one number of dead letters and of who waits', async () => {
  await world.agent.setMode('status', { status: 422 });
  world.customer('It arrived broken');
  world.customer('Nobody answers');
  await eventually('they are dead letters', async () => (await ledger()).dead >= 2);
  await eventually('and an incident', async () => (await incidents()).length > 0);
  expect(Object.keys(await agree('dead letters'))).toContain('dead letters');
}, 240_000);
