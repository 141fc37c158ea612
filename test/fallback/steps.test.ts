import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createChatwootCall } from '../../app/lib/chatwoot/call.server.ts';
import { inboxCalls, type ChatwootInbox } from '../../app/lib/chatwoot/inboxes.server.ts';
import { requestSteps, retryStep } from '../../app/features/fallback/steps/change-steps.server.ts';
import { listFallbackRuns } from '../../app/features/fallback/read-fallback.server.ts';
import { readInboxList, refreshInboxList } from '../../app/features/fallback/chatwoot-inboxes.server.ts';
import { optionsFromParams } from '../../app/features/fallback/fallback-form.ts';
import { markGuideStep } from '../../app/features/incidents/guide/change-guide-step.server.ts';
import { planFallback } from '../../app/features/fallback/plan-fallback.server.ts';
import { ADA, createFallbackWorld, type FallbackWorld } from './world.ts';

const APP_URL = 'http://outage.test';
const EVENTS = ['conversation_created', 'conversation_updated', 'message_created', 'message_updated'];

let world: FallbackWorld;
beforeEach(async () => {
  world = await createFallbackWorld({
    SLACK_WEBHOOK_URL: 'http://127.0.0.1:9/slack',
    APP_URL,
    SUPPORT_FALLBACK_EMAIL: 'help@shop.test',
  });
  for (const url of [`${APP_URL}/api/webhooks/chatwoot`, 'http://other.test/hook'])
    expect(await world.api.createWebhook({ url, subscriptions: EVENTS })).toMatchObject({ outcome: 'ok' });
});
afterEach(() => world.close());

const inboxes = () => {
  const { chatwoot } = world;
  const call = createChatwootCall({ baseUrl: chatwoot.url, accountId: '2', apiToken: chatwoot.apiToken });
  return inboxCalls(call, '/api/v1/accounts/2');
};
async function inbox(): Promise<ChatwootInbox> {
  const listed = await inboxes().listInboxes();
  if (listed.outcome !== 'ok') throw new Error(listed.outcome);
  return listed.value[0]!;
}
async function subscriptions(): Promise<Record<string, string[]>> {
  const listed = await world.api.listWebhooks();
  if (listed.outcome !== 'ok') throw new Error(listed.outcome);
  return Object.fromEntries(
    listed.value.map((webhook) => [new URL(webhook.url).host, webhook.subscriptions]),
  );
}
const options = { inboxes: [5], webhook: 'disabled' } as const;
const on = () => world.toggle({ to: 'on', options: { inboxes: [5], webhook: 'disabled' } });
const shown = async (direction: 'on' | 'off') =>
  (await world.steps(direction)).map(({ kind, state }) => `${kind} ${state}`);

describe('the steps', () => {
  test('do what the plan said, and are taken back to exactly what was found', async () => {
    const before = await inbox();
    await inboxes().setInboxHours(5, {
      ...before.hours,
      working_hours_enabled: true,
      out_of_office_message: 'We sleep.',
    });
    const found = await inbox();
    await on();
    await world.work();
    expect(await shown('on')).toEqual(['notice done', 'inbox done', 'webhook done']);
    const closed = await inbox();
    expect(closed.hours.working_hours_enabled).toBe(true);
    expect(closed.hours.out_of_office_message).toContain(
      "We're experiencing technical issues, responses may be delayed",
    );
    expect(closed.hours.out_of_office_message).toContain('help@shop.test');
    expect(closed.hours.working_hours.map((day) => day.closed_all_day)).toEqual(Array(7).fill(true));
    expect(await subscriptions()).toEqual({ 'outage.test': ['conversation_created'], 'other.test': EVENTS });
    await world.toggle({ to: 'off' });
    await world.work();
    expect(await shown('off')).toEqual(['inbox done', 'webhook done', 'notice done']);
    for (const { result } of await world.steps('off')) expect(result).not.toContain('meanwhile');
    expect(await inbox()).toEqual(found);
    expect(await subscriptions()).toEqual({ 'outage.test': EVENTS, 'other.test': EVENTS });
  });

  test('what somebody changed in Chatwoot meanwhile is set back, and is said', async () => {
    const before = await inbox();
    await on();
    await world.work();
    const closed = await inbox();
    const [monday, ...others] = closed.hours.working_hours;
    const open = { closed_all_day: false, open_hour: 9, open_minutes: 0, close_hour: 17, close_minutes: 30 };
    await inboxes().setInboxHours(5, {
      ...closed.hours,
      out_of_office_message: 'Call 0800 1234.',
      working_hours: [{ ...monday, ...open }, ...others],
    });
    const listed = await world.api.listWebhooks();
    if (listed.outcome !== 'ok') throw new Error(listed.outcome);
    const own = listed.value.find(({ url }) => url.startsWith(APP_URL))!;
    await world.api.updateWebhook(own.id, { url: own.url, subscriptions: ['message_created'] });
    await world.toggle({ to: 'off' });
    await world.work();
    const [restored, webhook] = await world.steps('off');
    expect(restored).toMatchObject({ state: 'done' });
    expect(restored!.result).toMatch(
      /Somebody had changed the out-of-office message to “Call 0800 1234\.” and the office hours to \w{3} 09:00–17:30, .+ in Chatwoot meanwhile: it was set back/,
    );
    expect(webhook!.result).toContain(
      `Somebody had changed webhook ${own.id} to message_created in Chatwoot`,
    );
    expect(await inbox()).toEqual(before);
    expect((await subscriptions())['outage.test']).toEqual(EVENTS);
  });

  test('the team is told once each way, over every channel but PagerDuty', async () => {
    await world.toggle({ to: 'on' });
    await world.work();
    await world.toggle({ to: 'off', reason: 'fixed' });
    await world.work();
    await world.work();
    const told = await world.services.db.prisma.notification.findMany({ orderBy: { id: 'asc' } });
    expect(told.map(({ kind, channel, thread }) => ({ kind, channel, thread }))).toEqual(
      ['fallback_on', 'fallback_off'].map((kind) => ({
        kind,
        channel: { kind: 'slack', of: 'environment' },
        thread: 'fallback-1',
      })),
    );
    expect(JSON.stringify(told[0]!.message)).toContain('help@shop.test');
  });

  test('only what was chosen is touched', async () => {
    const before = await inbox();
    expect(await world.toggle({ to: 'on' })).toMatchObject({ outcome: 'switched' });
    await world.work();
    expect(await shown('on')).toEqual(['notice done']);
    expect(await inbox()).toEqual(before);
    expect((await subscriptions())['outage.test']).toEqual(EVENTS);
  });

  test('an inbox whose number is beyond 2^53 is told from the next one, closed, and opened again', async () => {
    const far = '9007199254740993';
    let target = '';
    const asked: string[] = [];
    const server = createServer((request, response) => {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
        asked.push(`${request.method} ${request.url}`);
        const answer = await fetch(target + request.url!.replace(`/inboxes/${far}`, '/inboxes/5'), {
          method: request.method,
          headers: {
            api_access_token: world.chatwoot.apiToken,
            'Content-Type': request.headers['content-type'] ?? 'application/json',
          },
          ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
        });
        const text = (await answer.text()).replaceAll('"id":5,', `"id":${far},`);
        response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(text);
      })().catch(() => response.destroy());
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    await world.close();
    world = await createFallbackWorld({
      CHATWOOT_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      SLACK_WEBHOOK_URL: 'http://127.0.0.1:9/slack',
    });
    target = world.chatwoot.url;
    const before = await inbox();
    await refreshInboxList(world.services, new Date());
    expect((await readInboxList(world.services)).inboxes).toEqual([{ id: far, name: 'Store chat' }]);
    const chosen = optionsFromParams(new URLSearchParams({ inbox: far }));
    expect(chosen).toEqual({ inboxes: [far], webhook: 'left' });
    await world.toggle({ to: 'on', options: chosen! });
    await world.work();
    expect(await shown('on')).toEqual(['notice done', 'inbox done']);
    expect(asked.filter((call) => call.startsWith('PATCH'))).toEqual([
      `PATCH /api/v1/accounts/2/inboxes/${far}`,
    ]);
    expect((await inbox()).hours).not.toEqual(before.hours);
    await world.toggle({ to: 'off' });
    await world.work();
    expect(await inbox()).toEqual(before);
    server.closeAllConnections();
    server.close();
  });

  test('what is no number of an inbox is not understood', () => {
    for (const wrong of ['0', '-1', '1.5', 'x', '', '9'.repeat(20)])
      expect(optionsFromParams(new URLSearchParams({ inbox: wrong })), wrong).toBeNull();
    expect(optionsFromParams(new URLSearchParams({ inbox: '3000000000' }))?.inboxes).toEqual([3_000_000_000]);
  });

  test('more can be asked for while it is on, once each; afterwards no more', async () => {
    const ask = () =>
      requestSteps(world.services, { options: { ...options, inboxes: [5] }, actor: ADA, now: new Date() });
    expect(await ask()).toEqual({ outcome: 'not_on' });
    await world.toggle({ to: 'on' });
    expect(await ask()).toEqual({ outcome: 'requested', count: 2 });
    expect(await ask()).toEqual({ outcome: 'nothing_new' });
    await world.work();
    expect(await shown('on')).toEqual(['notice done', 'inbox done', 'webhook done']);
  });

  test('with Chatwoot down a step is tried again by itself, then waits for a person; the others do not wait for it', async () => {
    await world.chatwoot.setMode('down');
    await on();
    const start = Date.now();
    for (let minute = 0; minute < 6; minute += 1) await world.work(new Date(start + minute * 120_000));
    expect(await shown('on')).toEqual(['notice done', 'inbox failed', 'webhook failed']);
    const [, failed] = await world.steps('on');
    expect(failed!.result).toMatch(/Chatwoot cannot be reached/);
    expect(failed!.attempts).toBe(5);
    await world.chatwoot.setMode('ok');
    expect(await retryStep(world.services, { stepId: failed!.id, actor: ADA, now: new Date() })).toEqual({
      outcome: 'retried',
    });
    expect(await retryStep(world.services, { stepId: failed!.id, actor: ADA, now: new Date() })).toEqual({
      outcome: 'not_failed',
    });
    await world.work();
    expect(await shown('on')).toEqual(['notice done', 'inbox done', 'webhook failed']);
  });

  test('off before they were done gives them up; what was touched is restored all the same', async () => {
    const before = await inbox();
    await on();
    await world.chatwoot.setMode('down');
    await world.work();
    await world.toggle({ to: 'off' });
    expect(await shown('on')).toEqual(['notice done', 'inbox cancelled', 'webhook cancelled']);
    expect(await shown('off')).toEqual(['notice waiting']);
    await world.chatwoot.setMode('ok');
    await world.work();
    expect(await inbox()).toEqual(before);
  });

  test('what could not be restored is inherited by the next run, with what was found first', async () => {
    const before = await inbox();
    await on();
    await world.work();
    await world.chatwoot.setMode('down');
    await world.toggle({ to: 'off' });
    await world.work();
    await world.toggle({ to: 'on', reason: 'again' });
    await world.chatwoot.setMode('ok');
    await world.work();
    expect(await shown('on')).toEqual(['notice done', 'inbox done', 'webhook done']);
    await world.toggle({ to: 'off' });
    await world.work();
    expect(await shown('off')).toEqual(['inbox done', 'webhook done', 'notice done']);
    expect(await inbox()).toEqual(before);
    expect((await subscriptions())['outage.test']).toEqual(EVENTS);
  });

  test('without a channel nobody is told, and the page says so', async () => {
    await world.close();
    world = await createFallbackWorld();
    await world.toggle({ to: 'on' });
    await world.work();
    const [notice] = await world.steps('on');
    expect(notice).toMatchObject({
      state: 'failed',
      result: expect.stringContaining('Nobody was told') as string,
    });
  });

  test('a notice that no channel took is a failed step, and can be sent again', async () => {
    await world.toggle({ to: 'on' });
    await world.work();
    const { pool } = world.services.db;
    await pool.query(`UPDATE notifications SET state = 'failed', answer = 'refused'`);
    const [notice] = await world.steps('on');
    expect(notice!.state).toBe('failed');
    expect(await retryStep(world.services, { stepId: notice!.id, actor: ADA, now: new Date() })).toEqual({
      outcome: 'retried',
    });
    await world.work();
    expect(await world.services.db.prisma.notification.count()).toBe(2);
  });
});

describe('the plan', () => {
  test('says what will happen, with the inboxes as last listed', async () => {
    await refreshInboxList(world.services, new Date());
    const plan = await planFallback(world.services, { direction: 'on', now: new Date() });
    expect(plan.lines.map(({ key, how }) => `${key} ${how}`)).toEqual([
      'pause always',
      'banner always',
      'notice always',
      'texts by_hand',
      'inbox choice',
      'webhook choice',
    ]);
    expect(plan.inboxes).toEqual([{ id: 5, name: 'Store chat' }]);
    await on();
    await world.work();
    const off = await planFallback(world.services, { direction: 'off', now: new Date() });
    expect(off.lines.map(({ key }) => key)).toEqual([
      'skip',
      'drain',
      'restore-0',
      'restore-1',
      'notice',
      'banner',
    ]);
  });

  test('with Chatwoot away the list stays, and says why it is old', async () => {
    const now = Date.now();
    await refreshInboxList(world.services, new Date(now));
    await world.chatwoot.setMode('down');
    await refreshInboxList(world.services, new Date(now + 60_000));
    expect((await readInboxList(world.services)).problem).toBeNull();
    await refreshInboxList(world.services, new Date(now + 700_000));
    const list = await readInboxList(world.services);
    expect(list.inboxes).toHaveLength(1);
    expect(list.problem).toContain('cannot be reached');
  });
});

test('automatic entry: by a rule that is named, once for each time it fires, as the app itself', async () => {
  await world.close();
  world = await createFallbackWorld({ FALLBACK_AUTO_RULES: 'chatwoot_down' });
  const { pool } = world.services.db;
  const fire = (rule: string, since: Date) =>
    pool.query(
      `INSERT INTO alerts (rule, state, severity, since, evaluated_at, words) VALUES ($1, 'firing', 'P0', $2, $2, 'Chatwoot fails since 05:12')
       ON CONFLICT (rule) DO UPDATE SET state = 'firing', since = $2`,
      [rule, since],
    );
  await fire('agent_down', new Date());
  await world.work();
  expect((await world.state()).state).toBe('off');
  await fire('chatwoot_down', new Date());
  await world.work();
  expect(await world.state()).toMatchObject({
    state: 'on',
    by: 'Outage Center',
    rule: 'chatwoot_down',
    reason: 'By rule chatwoot_down: Chatwoot fails since 05:12',
  });
  expect((await world.services.db.prisma.auditEntry.findFirst())!.via).toBe('system');
  await world.toggle({ to: 'off' });
  await world.work();
  expect((await world.state()).state).toBe('off');
  await pool.query(`UPDATE alerts SET state = 'ok' WHERE rule = 'chatwoot_down'`);
  await world.work();
  await fire('chatwoot_down', new Date(Date.now() + 1000));
  await world.work();
  expect((await world.state()).state).toBe('on');
  expect(await listFallbackRuns(world.services)).toHaveLength(2);
});

describe('the guide of an open incident', () => {
  const openIncident = async (cause: string) => {
    const { rows } = await world.services.db.pool.query<{ id: number }>(
      `INSERT INTO incidents (cause, title, severity, started_at, opened_at, opened_by) VALUES ($1, 'x', 'P0', now(), now(), 'rule') RETURNING id`,
      [cause],
    );
    return rows[0]!.id;
  };
  const ticked = async () =>
    (
      await world.services.db.prisma.incidentStep.findMany({
        orderBy: [{ incidentId: 'asc' }, { step: 'asc' }],
      })
    ).map(({ incidentId, step, state, evidence }) => [Number(incidentId), step, state, evidence]);
  const ON = expect.stringMatching(/^On since .* UTC, by Ada: AI drafts are wrong$/) as string;

  test('says that fallback mode is on and Slack took the notice, whenever the incident opened', async () => {
    const first = await openIncident('chatwoot');
    await world.work();
    expect(await ticked()).toEqual([]);
    await world.toggle({ to: 'on' });
    await world.work();
    expect(await ticked()).toEqual([[first, 'chatwoot.fallback', 'done', ON]]);
    const second = await openIncident('delivery');
    await world.services.db.pool.query(`UPDATE notifications SET state = 'accepted', finished_at = now()`);
    await world.work();
    await world.work();
    const took = expect.stringContaining('Slack took the notice') as string;
    expect(await ticked()).toEqual([
      [first, 'chatwoot.fallback', 'done', ON],
      [first, 'chatwoot.notice', 'done', took],
      [second, 'delivery.fallback', 'done', ON],
    ]);
    expect(await world.services.db.prisma.auditEntry.count({ where: { action: 'incidents.step' } })).toBe(3);
  });

  test('and its timeline tells what each step came to, once', async () => {
    await openIncident('chatwoot');
    await on();
    await world.work();
    await world.work();
    const lines = await world.services.db.prisma.incidentTimelineEntry.findMany({
      where: { kind: { startsWith: 'fallback_step' } },
      orderBy: { id: 'asc' },
    });
    expect(lines.map(({ kind, text }) => `${kind} ${text}`)).toEqual([
      'fallback_step_done Out-of-office message on "Store chat": Customers who write there get the message, once a day each.',
      expect.stringContaining('fallback_step_done Chatwoot stops sending webhooks: '),
    ]);
  });

  test('is left alone where a person took a step back', async () => {
    const id = await openIncident('chatwoot');
    await world.toggle({ to: 'on' });
    await world.work();
    const request = { incidentId: id, step: 'chatwoot.fallback', actor: ADA, now: new Date() };
    expect(await markGuideStep(world.services, { ...request, state: 'open' })).toMatchObject({
      outcome: 'marked',
    });
    await world.work();
    expect(await ticked()).toEqual([]);
  });
});
