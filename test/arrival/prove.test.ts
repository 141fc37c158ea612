import { afterEach, expect, test, vi } from 'vitest';
import { SYSTEM } from '../../app/features/audit/actor.ts';
import { readReconciliation } from '../../app/features/arrival/comparison/read-reconciliation.server.ts';
import { connectChatwoot } from '../../app/features/arrival/connect/connect.server.ts';
import { openChatwootClient } from '../../app/lib/chatwoot/chatwoot-client.server.ts';
import { readArrivalCard } from '../../app/features/overview/read-arrival-card.server.ts';
import { action, loader } from '../../app/routes/api/arrival.ts';
import { serveRoutes } from '../overview/route-server.ts';
import { openTestAccess } from '../support/sign-in.ts';
import { until } from '../support/until.ts';
import { createComparisonWorld, type ComparisonWorld } from './comparison-world.ts';

// Each second of the story is a round of everything; a slow machine needs its time.
vi.setConfig({ testTimeout: 180_000 });

let world: ComparisonWorld;
afterEach(() => world.close());

const card = async () =>
  (await readArrivalCard(world.services, { range: '1h', now: world.services.db.clock.now() }))!;
async function connect() {
  const { services, intake } = world;
  const outcome = await connectChatwoot(services, openChatwootClient(services)!, {
    connection: services.config.connection!,
    appUrl: new URL(intake.url).origin,
    actor: SYSTEM,
  });
  expect(outcome.outcome).toBe('connected');
}

test('the button on Health writes as an invented customer, and the page says when it arrived', async () => {
  world = await createComparisonWorld();
  const access = openTestAccess(world.services);
  const server = await serveRoutes({ 'api/arrival/prove': { action, loader } }, access.context);
  try {
    const press = async (role: 'viewer' | 'responder') =>
      fetch(`${server.url}/api/arrival/prove`, {
        method: 'POST',
        redirect: 'manual',
        headers: {
          'Content-Type': 'application/x-www-form-urlencoded',
          Cookie: await access.signIn(role),
        },
        body: 'returnTo=%2Fhealth',
      });
    await connect();
    expect(await card()).toMatchObject({ state: 'unproved', tone: 'unknown', proof: { state: 'none' } });
    expect((await press('viewer')).status).toBe(403);
    const pressed = await press('responder');
    expect(pressed.status).toBe(303);
    expect(pressed.headers.get('Location')).toMatch(/^\/health\?/);
    await until('the test message arrived', async () => (await card()).proof.state === 'proved');
    const { proof, state } = await card();
    expect(proof).toMatchObject({ sentence: expect.stringMatching(/arrived after \d+\.\d s/) as string });
    expect(state).not.toBe('unproved');
    // Nobody waits there.
    const [talk] = [...world.chatwoot.store.conversations.values()];
    await until('it is resolved', () => talk!.status === 'resolved');
  } finally {
    await server.stop();
    access.stop();
  }
});

test('comparison counts from the moment of connecting, also when no webhook has ever come', async () => {
  world = await createComparisonWorld();
  await world.losing(() => void world.begins());
  const history = [...world.chatwoot.store.conversations.values()][0]!;
  for (const message of history.messages) message.createdAt -= 600_000;
  history.lastActivityAt -= 600_000;
  await connect();
  // Chatwoot shows whole seconds.
  const connectedAt = Date.now();
  await until('another second begins', () => Date.now() - connectedAt > 1100);
  await world.losing(() => void world.begins());
  expect(await readReconciliation(world.services, { now: new Date() })).toMatchObject({ state: 'not_yet' });
  const written = Date.now();
  await until('it is compared', async () => {
    if (Date.now() - written < 1100) return false;
    await world.reconcile();
    return (await world.inbox()).length > 0;
  });
  const [, lost] = world.inChatwoot();
  expect((await world.inbox()).map(({ message, source }) => [message, source])).toEqual([
    [lost, 'reconciled'],
  ]);
  // What a comparison fetched shows nothing of the way here.
  expect(await card()).toMatchObject({ state: 'unproved' });
});
