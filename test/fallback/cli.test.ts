import { afterEach, beforeEach, expect, test } from 'vitest';
import { insertEvents } from '../support/dead-letters.ts';
import { runToEnd } from '../support/app-process.ts';
import { createTestServices, type TestServices } from '../support/services.ts';

let services: TestServices;
beforeEach(async () => {
  services = await createTestServices();
});
afterEach(() => services.close());

/** `npm run ops:fallback -- …` on the app's own machine, with the app down. */
const fallback = (...args: string[]) =>
  runToEnd(['app/cli/fallback.ts', ...args], {
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: services.dataDir,
  });

test('on, status, off: refused while the checklist is open, unless overridden with a reason', async () => {
  await insertEvents(services, { state: 'pending', conversation: 1, signal: 'customer_message' });
  const on = await fallback('on', '--reason', 'AI drafts are wrong');
  expect([on.code, on.output]).toEqual([0, expect.stringContaining('1 delivery is held')]);
  await insertEvents(services, {
    state: 'pending',
    conversation: 1,
    signal: 'agent_reply',
    receivedAt: new Date(),
  });

  const again = await fallback('on', '--reason', 'me too');
  expect(again.code).toBe(0);
  expect(again.output).toMatch(/^Nothing done: fallback mode is on since .* UTC, by cli:/);

  const status = await fallback('status', '--json');
  expect(JSON.parse(status.stdout)).toMatchObject({
    state: 'on',
    reason: 'AI drafts are wrong',
    waiting: { held: 2, skipped: 1 },
    checklist: { open: true },
    run: { heldAtOnce: 1, steps: [{ kind: 'notice', state: 'waiting' }] },
  });
  expect((await fallback('status')).output).toMatch(/2 deliveries are held\. Answered by a person.*: 1\./);

  const refused = await fallback('off', '--reason', 'repaired');
  expect(refused.code).toBe(1);
  expect(refused.output).toContain('Nothing done: the restore checklist is open (Chatwoot');
  expect(refused.output.trim().split('\n')).toHaveLength(1);

  const off = await fallback('off', '--reason', 'repaired', '--override', 'customers wait');
  expect([off.code, off.output]).toEqual([
    0,
    expect.stringContaining('Left out because a person had answered: 1.'),
  ]);
  const [run] = await services.db.prisma.fallbackRun.findMany();
  expect(run).toMatchObject({ endReason: 'repaired', overrideReason: 'customers wait' });
  const audit = await services.db.prisma.auditEntry.findMany({ orderBy: { id: 'asc' } });
  expect(audit.map(({ action, via }) => `${action} ${via}`)).toEqual(['fallback.on cli', 'fallback.off cli']);
});

test.each([
  [['on']],
  [['off', '--reason', ' ']],
  [['maybe', '--reason', 'x']],
  [['on', '--reason', 'x', '--inbox', 'five']],
])('wrong usage, %j, ends with 2 before anything is opened', async (args) => {
  const { code, output } = await fallback(...args);
  expect(code).toBe(2);
  expect(output).toContain('npm run ops:fallback');
});
