import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { outageWarnings } from '../../app/features/overview/outage-warnings.ts';
import { openChatwootClient } from '../../app/lib/chatwoot/chatwoot-client.server.ts';
import {
  aheadOf,
  boundsOf,
  type ClockBounds,
  narrowBounds,
  openChatwootClock,
  readClockDifference,
} from '../../app/lib/chatwoot/clock.server.ts';
import { readWaiting } from '../../app/features/waiting/read-waiting.server.ts';
import { clockDifferenceWords } from '../../app/lib/time-words.ts';
import { insertHooks, sealingKeys } from '../../app/features/intake/credentials/stored-hooks.server.ts';
import { post, sign } from '../intake/intake-server.ts';
import { figuresWith } from '../overview/figures.ts';
import { until } from '../support/until.ts';
import { datedAhead } from './chatwoot-proxy.ts';
import { createComparisonWorld, type ComparisonWorld } from './comparison-world.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

describe('what a Date says', () => {
  const at = Date.parse('2026-11-29T14:00:00.400Z');
  const answer = (date: string, tookMs = 100) => ({ date, askedAt: at, answeredAt: at + tookMs });

  test('the same clock is no difference, whatever the fraction of the second', () => {
    expect(aheadOf(boundsOf(answer('Sun, 29 Nov 2026 14:00:00 GMT'))!)).toBe(0);
  });

  test.each([
    ['ahead', 'Sun, 29 Nov 2026 14:10:00 GMT', 600_000],
    ['behind', 'Sun, 29 Nov 2026 13:50:00 GMT', -600_000],
  ])('ten minutes %s', (_name, date, expected) => {
    expect(Math.abs(aheadOf(boundsOf(answer(date))!) - expected)).toBeLessThan(600);
  });

  test('several answers narrow it, one that contradicts them replaces them', () => {
    const clock = (ours: number) => new Date(Math.floor((ours + 3250) / 1000) * 1000).toUTCString();
    let bounds: ClockBounds | null = null;
    for (let n = 0; n < 20; n += 1) {
      const askedAt = at + n * 1370;
      bounds = narrowBounds(
        bounds,
        boundsOf({ date: clock(askedAt + 10), askedAt, answeredAt: askedAt + 20 })!,
        1370,
      );
    }
    expect(Math.abs(aheadOf(bounds!) - 3250)).toBeLessThan(150);
    const reset = narrowBounds(bounds, { low: -50, high: 900 }, 1000);
    expect(aheadOf(reset)).toBe(0);
  });

  test('no date, one from a cache, and one of a slow answer say nothing', () => {
    expect(boundsOf({ date: null, askedAt: at, answeredAt: at })).toBeNull();
    expect(boundsOf(answer('yesterday'))).toBeNull();
    expect(boundsOf({ ...answer('Sun, 29 Nov 2026 14:10:00 GMT'), age: '12' })).toBeNull();
    expect(boundsOf(answer('Sun, 29 Nov 2026 14:10:00 GMT', 20_000))).toBeNull();
  });

  test('it is said with both clocks above 2 s, and warned of above 60 s with its cure', () => {
    const difference = (aheadMs: number) => ({
      aheadMs,
      there: new Date(at + aheadMs).toISOString(),
      here: new Date(at).toISOString(),
    });
    expect(clockDifferenceWords(difference(1900))).toBeNull();
    expect(clockDifferenceWords(difference(4000))).toBe(
      "Chatwoot's clock is 4 s ahead of ours: 14:00:04 there, 14:00:00 UTC here.",
    );
    const warned = (aheadMs: number) => {
      const { outage } = figuresWith();
      const figures = figuresWith({ outage: { ...outage, clock: difference(aheadMs) } });
      return outageWarnings(figures, new Date(at));
    };
    expect(warned(4000)).toEqual([]);
    expect(warned(-600_000)).toMatchObject([
      {
        sentence: "Chatwoot's clock is 10 min behind ours: 13:50:00 there, 14:00:00 UTC here.",
        cure: expect.stringContaining('NTP') as string,
      },
    ]);
  });
});

describe('beside a Chatwoot with another clock', () => {
  let world: ComparisonWorld;
  beforeEach(async () => {
    world = await createComparisonWorld();
  });
  afterEach(() => world.close());

  test.each([
    ['ten minutes ahead', 10 * MINUTE, false],
    ['ten minutes behind', -10 * MINUTE, false],
    ['a whole day ahead', DAY, false],
    ['a whole day behind', -DAY, false],
    ['set a whole day ahead meanwhile', DAY, true],
    ['set a whole day back meanwhile', -DAY, true],
  ])(
    '%s: a lost message is fetched at once, and waits since it was written',
    async (_name, aheadMs, isLater) => {
      if (!isLater) world.chatwoot.setClock(aheadMs);
      const talk = world.begins();
      await world.settled();
      if (isLater) {
        await openChatwootClient(world.services)!.version();
        world.chatwoot.setClock(aheadMs);
        // One answer that is far off may be another machine's.
        for (let n = 0; n < 2; n += 1) await openChatwootClient(world.services)!.version();
      }
      await world.services.db.pool.query(
        `INSERT INTO reconciliations (since, until, cause, started_at, finished_at, state)
       VALUES (now() - interval '1 hour', now(), 'clock', now() - interval '1 hour', now() - interval '1 hour', 'done')`,
      );
      await world.losing(() => void world.says(talk));
      // The difference is known to half a second: what was written within that is left to the comparison after this one.
      await world.reconcile(() => new Date(Date.now() + 1000));
      expect((await world.inbox()).map(({ source }) => source)).toEqual(['webhook', 'reconciled']);
      const difference = await until('the difference is on record', () =>
        readClockDifference(world.services.db.pool, new Date()),
      );
      expect(Math.abs(difference.aheadMs - aheadMs)).toBeLessThan(1500);
      if (isLater) return;
      const { items } = await readWaiting(world.services, {
        ...{ sort: 'since', filter: 'all', page: 1, withNames: false, now: new Date() },
      });
      const [item] = items;
      expect(Math.abs(Date.parse(item!.waitingSince) - Date.now())).toBeLessThan(3 * MINUTE);
      expect(Date.parse(item!.dueAt) - Date.now()).toBeGreaterThan(25 * MINUTE);
      expect(Date.parse(item!.dueAt) - Date.now()).toBeLessThan(31 * MINUTE);
    },
  );

  test('a web process that never calls Chatwoot takes webhooks signed by its clock, and still refuses old ones', async () => {
    const { services, hook, intake } = world;
    await storeSecret(world);
    const send = (aheadMs: number) => {
      const body = JSON.stringify({ event: 'conversation_typing_on', at: aheadMs, n: Math.random() });
      const timestamp = String(Math.floor((Date.now() + aheadMs) / 1000));
      return post(intake.url, body, {
        'X-Chatwoot-Timestamp': timestamp,
        'X-Chatwoot-Signature': sign(hook.secret, timestamp, body),
      });
    };
    await until('the secret is read', async () => (await send(10 * MINUTE)).status === 401);
    expect((await send(0)).status).toBe(200);

    // Another process asks Chatwoot.
    const worker = { config: services.config, chatwootClock: openChatwootClock(services.db) };
    world.proxy.change = (_call, answer) => datedAhead(answer, 10 * MINUTE);
    await openChatwootClient(worker)!.version();
    await until('it is on record', () => readClockDifference(services.db.pool, new Date()));

    expect((await send(10 * MINUTE)).status).toBe(200);
    expect((await send(16 * MINUTE)).status).toBe(401);
    expect((await send(-10 * MINUTE)).status).toBe(401);
    // Chatwoot's clock is set right: nobody has measured that yet.
    expect((await send(0)).status).toBe(200);
  });

  test('without a Date the answer of /api tells the time', async () => {
    world.proxy.change = (call, answer) => {
      delete answer.headers.date;
      if (call === 'GET /api')
        answer.body = JSON.stringify({
          version: '4.15.1',
          timestamp: new Date(Date.now() - 7 * MINUTE).toISOString().slice(0, 19).replace('T', ' '),
        });
    };
    const { services } = world;
    await openChatwootClient(services)!.version();
    expect(Math.abs(services.chatwootClock.aheadMs() + 7 * MINUTE)).toBeLessThan(1500);
  });
});

async function storeSecret({ services, hook }: ComparisonWorld) {
  const known = { kind: 'webhook', hookId: '1', proof: 'signature', secret: hook.secret } as const;
  await insertHooks(services.db.pool, sealingKeys(services.config), [known], new Date());
}
