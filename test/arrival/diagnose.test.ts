import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runToEnd } from '../support/app-process.ts';
import { createSilenceWorld, type SilenceWorld } from './silence-world.ts';

// Each second of the story is a round of everything; a slow machine needs its time.
vi.setConfig({ testTimeout: 180_000 });

let world: SilenceWorld;
beforeEach(async () => {
  world = await createSilenceWorld({ RECONCILE_SETTLE: '0s' });
});
afterEach(() => world.close());

/** The command as somebody runs it beside the app; what it says of the arrival, with the next step. */
async function diagnose(more: Record<string, string> = {}) {
  const { services, chatwoot } = world;
  const { code, stdout } = await runToEnd(['app/cli/diagnose.ts', '--no-test-event'], {
    DATA_DIR: services.dataDir,
    DATABASE_URL: services.databaseUrl,
    APP_URL: new URL(world.intake.url).origin,
    AGENT_SDK_URL: 'http://127.0.0.1:9',
    CHATWOOT_BASE_URL: chatwoot.url,
    CHATWOOT_ACCOUNT_ID: String(chatwoot.accountId),
    CHATWOOT_API_TOKEN: chatwoot.apiToken,
    CHATWOOT_WEBHOOK_SECRET: world.hook.secret,
    RECONCILE_SETTLE: '0s',
    ...more,
  });
  const said = /Do messages arrive\n([^]*?)\n\n/.exec(stdout)?.[1] ?? '';
  return { code, said, stdout };
}

test('what arrives is told with its times, and silence with its likely cause and the cure', async () => {
  world.begins();
  await world.settled();
  await world.second();
  expect((await diagnose()).said).toMatch(
    /^ {2}ok {5}Everything new in Chatwoot is known here: nobody has written since \d\d:\d\d:\d\d UTC, the last message's webhook came at/,
  );

  world.chatwoot.setVersion('4.13.0');
  await world.silently(() => {
    for (let i = 0; i < 3; i += 1) world.begins();
  });
  // Known to the second: what has just been written may be on its way, or in the second of the last webhook.
  await expect
    .poll(async () => (await diagnose()).said, { timeout: 60_000 })
    .toMatch(
      /^ {2}WRONG {2}Chatwoot works, its webhooks do not arrive: .*\(3 messages of the newest\)\. Most likely: .*Sidekiq.*\n {9}→ .*sidekiq/,
    );

  // In the order in which each would explain what comes after it: the registration before the workers.
  world.chatwoot.registrations.remove();
  const deleted = await diagnose();
  expect(deleted.code).toBe(1);
  expect(deleted.said).toMatch(/Most likely: Chatwoot has no webhook at all.*\n.*ops:connect-chatwoot/);
}, 120_000);

test.each([
  ['throttled', 'asks to slow down (429): it is throttled, not down'],
  ['suspended', 'has suspended account 2 (401)'],
  ['no API', 'forbids it (403)'],
  ['wrong body', 'its answer is not the one of a Chatwoot'],
] as const)('an answer is named for what it is: %s', async (what, words) => {
  world.begins();
  await world.settled();
  const { chatwoot, proxy } = world;
  if (what === 'throttled') chatwoot.setThrottle({ requests: 0, windowMs: 60_000, retryAfter: 60 });
  if (what === 'suspended') chatwoot.setAccount('suspended');
  if (what === 'no API') chatwoot.setAccount('no_api_plan');
  if (what === 'wrong body') proxy.change = (_call, answer) => void (answer.body = 'It works!');
  const { code, said, stdout } = await diagnose({
    CHATWOOT_BASE_URL: what === 'wrong body' ? proxy.url : chatwoot.url,
  });
  expect(code).toBe(1);
  expect(said).toContain('Not known: Chatwoot');
  expect(said).toContain(words);
  expect(said).toMatch(/\n {9}→ \S/);
  const names = {
    throttled: 'it asks us to slow down',
    suspended: 'account 2 is suspended',
    'no API': 'this plan of Chatwoot has no API',
    'wrong body': 'it is not a Chatwoot',
  };
  expect(stdout).toContain(names[what]);
});
