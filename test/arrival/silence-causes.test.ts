import { afterEach, expect, test, vi } from 'vitest';
import { SYSTEM } from '../../app/features/audit/actor.ts';
import { findCause } from '../../app/features/arrival/cause/find-cause.server.ts';
import { connectChatwoot } from '../../app/features/arrival/connect/connect.server.ts';
import { registerAgain } from '../../app/features/arrival/connect/check-registration.server.ts';
import { tickLook } from '../../app/features/arrival/look/tick-look.server.ts';
import { openChatwootClient } from '../../app/lib/chatwoot/chatwoot-client.server.ts';
import { tickFallback } from '../../app/features/fallback/tick-fallback.server.ts';
import { NO_CHECKLIST, toggleFallback } from '../../app/features/fallback/toggle-fallback.server.ts';
import { person } from '../support/person.ts';
import { createTestServices } from '../support/services.ts';
import { until } from '../support/until.ts';
import { createSilenceWorld, type SilenceWorld } from './silence-world.ts';

// Each second of the story is a round of everything; a slow machine needs its time.
vi.setConfig({ testTimeout: 180_000 });

let world: SilenceWorld;
afterEach(() => world.close());

/** An app that knows the address at which Chatwoot reaches it, which is known only when it listens. */
async function start(env: Record<string, string> = {}) {
  world = await createSilenceWorld(env);
  Object.assign(world.services.config, { APP_URL: new URL(world.intake.url).origin });
}
const incidents = () => world.services.db.prisma.incident.findMany({ orderBy: { id: 'asc' } });
async function untilConfirmed() {
  for (let i = 0; i < 150 && !(await world.read()).confirmed_at; i += 1) await world.second();
  return (await world.read()).cause;
}

test('workers that stand still are named, and it is over when they send what they still have', async () => {
  await start();
  world.chatwoot.setVersion('4.13.0');
  world.begins();
  await world.settled();
  await world.second();
  world.chatwoot.webhooks.setWorkers('stopped');
  for (let i = 0; i < 3; i += 1) world.begins();
  expect(await untilConfirmed()).toMatchObject({
    kind: 'workers',
    sentence: expect.stringContaining('Sidekiq') as string,
    cure: expect.stringContaining('docker logs chatwoot-sidekiq') as string,
  });

  world.advance(2000);
  world.chatwoot.webhooks.setWorkers('running');
  await world.arrived();
  await world.second();
  expect(await world.read()).toMatchObject({ confirmed_at: null, cause: null });
});

test('an address that Chatwoot 4.14 and later does not post to is named, with its setting', async () => {
  await start();
  world.chatwoot.setAddressFilter(true);
  world.begins();
  const cause = await untilConfirmed();
  expect(cause).toMatchObject({ kind: 'private_address' });
  expect(cause!.sentence).toMatch(
    /Chatwoot 4\.15\.1 does not post to private addresses, and 127\.0\.0\.1 is one/,
  );
  expect(cause!.cure).toContain('SAFE_FETCH_ALLOW_PRIVATE_NETWORK=true');
  expect(await incidents()).toMatchObject([{ severity: 'P1', cause: 'arrival' }]);
});

test('another secret: refused webhooks are an alert after two minutes, whose cure is to register again', async () => {
  await start({ CHATWOOT_WEBHOOK_ALLOW_UNSIGNED: 'false' });
  const { services, chatwoot } = world;
  const client = openChatwootClient(services)!;
  await connectChatwoot(services, client, {
    connection: services.config.connection!,
    appUrl: services.config.APP_URL!,
    actor: SYSTEM,
  });
  await until('what is connected is in force', async () => {
    world.begins();
    await world.settled();
    return (await world.inbox()).length > 0;
  });
  await world.second();

  const [hook] = chatwoot.registrations.hooks();
  chatwoot.registrations.change(hook!.id, { secret: 'another-secret-altogether' });
  const refusals = async () => {
    const { rows } = await services.db.pool.query<{ n: number }>(
      "SELECT COALESCE(sum(n), 0)::int AS n FROM fact_rollups WHERE metric = 'rejected' AND resolution = 'minute'",
    );
    return rows[0]!.n;
  };
  // What was accepted in this minute says nothing of the next one.
  await services.db.pool.query("UPDATE webhook_events SET received_at = received_at - interval '1 minute'");
  world.begins();
  await until('a webhook is refused', async () => (await refusals()) > 0);
  await world.seconds(2);
  expect(await world.alert('webhooks_refused')).not.toMatchObject({ state: 'firing' });
  world.advance(3 * 60_000);
  await world.second();
  const alert = (await world.alert('webhooks_refused'))!;
  expect(alert.state).toBe('firing');
  expect(alert.words).toMatch(/refused for signature or token since .* and none has been accepted since/);
  // Silence is confirmed meanwhile, and the likely cause is the secret.
  const cause = await untilConfirmed();
  expect(`${cause!.sentence} ${cause!.cure}`).toMatch(/secret/);
  expect(cause).toMatchObject({ registerAgain: true });

  expect(await registerAgain(services, SYSTEM)).toMatchObject({ outcome: 'registered' });
  world.advance(2000);
  await until('what customers write arrives', async () => {
    const before = (await world.inbox()).length;
    world.begins();
    await world.settled();
    return (await world.inbox()).length > before;
  });
});

test('webhooks that fallback mode narrows are missed by nobody, and are expected again afterwards', async () => {
  await start();
  const { services } = world;
  world.begins();
  await world.settled();
  await world.second();
  const toggle = async (to: 'on' | 'off') => {
    const outcome = await toggleFallback(services, {
      to,
      reason: 'AI drafts are wrong',
      restoreGate: NO_CHECKLIST,
      actor: person('Ada'),
      now: new Date(),
      ...(to === 'on' && { options: { inboxes: [], webhook: 'disabled' as const } }),
    });
    while (await tickFallback(services, new Date()));
    return outcome;
  };
  await toggle('on');
  expect(world.chatwoot.registrations.hooks().map(({ subscriptions }) => subscriptions)).not.toContainEqual(
    expect.arrayContaining(['message_created']),
  );
  world.begins();
  await services.db.pool.query('UPDATE arrival_watch SET registration_at = NULL');
  await world.seconds(150);
  expect(await incidents()).toEqual([]);
  expect(await world.alert('webhooks_silent')).toMatchObject({
    words: expect.stringContaining('on purpose') as string,
  });
  expect(await world.alert('webhook_registration')).toMatchObject({ state: 'ok' });

  // Back to all events: what was written before is fetched, and nobody is alarmed of it.
  await toggle('off');
  await services.db.pool.query('UPDATE arrival_watch SET registration_at = NULL');
  await world.seconds(90);
  expect(await incidents()).toEqual([]);
});

test('two processes on one database look at the same moment: one look, one incident, one fact', async () => {
  await start();
  const { services, proxy } = world;
  const second = await createTestServices({
    DATABASE_URL: services.databaseUrl,
    AGENT_SDK_URL: 'http://127.0.0.1:9',
    CHATWOOT_BASE_URL: proxy.url,
    CHATWOOT_ACCOUNT_ID: services.config.connection!.accountId,
    CHATWOOT_API_TOKEN: services.config.connection!.apiToken,
  });
  try {
    await services.db.pool.query(
      `INSERT INTO processes (id, role, host, pid, started_at, last_seen) VALUES ($1, 'all', 'there', 2, now() - interval '1 hour', now() + interval '1 day')`,
      [second.processId],
    );
    world.chatwoot.setVersion('4.13.0');
    world.begins();
    await world.settled();
    await world.second();
    await world.silently(() => void world.begins());
    const looks = () => proxy.asked.filter((call) => call.includes('sort_by=last_activity_at_desc')).length;
    const before = looks();
    const both = [services, second].map(
      (one) => () =>
        tickLook(one, {
          now: () => world.now(),
          findCause: (client, since, untold) => findCause(one, client, { since, untold, now: world.now() }),
        }),
    );
    let asked = 0;
    for (let i = 0; i < 130 && !(await world.read()).confirmed_at; i += 1) {
      world.advance(1000);
      await Promise.all(both.map((look) => look()));
      asked += 1;
    }
    expect((await world.read()).confirmed_at).not.toBeNull();
    expect(asked).toBeGreaterThan(30);
    // One that finds it settling, one that suspects and one that confirms; with two of everything it would be twice as many.
    expect(looks() - before).toBeLessThanOrEqual(4);
    await world.second();
    expect(await incidents()).toHaveLength(1);
    expect(
      await services.db.prisma.dashboardFact.count({ where: { factType: 'support.arrival.silent' } }),
    ).toBe(1);
  } finally {
    await second.close();
  }
});
