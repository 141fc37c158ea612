import { afterEach, expect, test } from 'vitest';
import { decideCanary } from '../../app/features/canary/change-canary.server.ts';
import { startFront, type Front, type FrontAnswer } from '../support/front.ts';
import { ADA, createCanaryWorld, type CanaryWorld } from './canary-world.ts';
import { readRun, startRun, untilDone, untilStep } from './follow-canary.ts';

/** A write that did not end in a clear yes may have been obeyed: it is looked for before it is repeated. */
let world: CanaryWorld;
let front: Front;
afterEach(async () => {
  await world.close();
  await front.stop();
});

const REFUSALS: Record<string, FrontAnswer> = {
  'says that its Redis is gone': {
    status: 422,
    body: { error: 'Connection refused - connect(2) for 127.0.0.1:6379' },
  },
  'breaks down': { status: 500, body: '<html>We are sorry, but something went wrong.</html>' },
  'answers with a page of somebody before it': { status: 200, body: '<html>Just a moment…</html>' },
};
const CASES = [
  ['4.15.1', 'says that its Redis is gone'],
  ['4.15.1', 'answers with a page of somebody before it'],
  ['4.2.0', 'says that its Redis is gone'],
  ['4.2.0', 'breaks down'],
] as const;

// Before 4.9 Chatwoot drops the mark of the reply: there it is found by its text.
test.each(CASES)(
  'Chatwoot %s does all that it is told, and %s the first time: nothing is done twice',
  async (release, how) => {
    world = await createCanaryWorld();
    world.chatwoot.setVersion(release);
    front = await startFront(world.chatwoot.url);
    const writes: string[] = [];
    front.answer(async ({ method, path }, pass) => {
      const answer = await pass();
      if (method !== 'POST') return answer;
      writes.push(path);
      return writes.indexOf(path) === writes.length - 1 ? REFUSALS[how]! : answer;
    });
    world.settings.CHATWOOT_BASE_URL = front.url;
    await world.work();
    const id = await startRun(world);
    await untilStep(world, id, 'approval');
    await decideCanary(world.services, { id, decision: 'approve', actor: ADA, now: new Date() });
    await untilDone(world, id);
    const run = await readRun(world, id);
    expect(run).toMatchObject({ outcome: 'passed', problem: null });

    const { store } = world.chatwoot;
    expect(store.inboxes.filter(({ name }) => name === 'Outage Center canary')).toHaveLength(1);
    const conversations = [...store.conversations.values()];
    expect(conversations.map(({ status }) => status)).toEqual(['resolved']);
    const texts = conversations[0]!.messages.filter(({ type }) => type !== 'activity');
    expect(texts.map(({ type, private: note }) => `${type}${note ? ' note' : ''}`)).toEqual([
      ...['incoming', 'outgoing note', 'outgoing'],
    ]);
    const [, draft, reply] = texts;
    expect(reply).toMatchObject({ id: Number(run.replyId), content: draft!.content });
    expect(Object.hasOwn(reply!.contentAttributes, 'outage_center_canary')).toBe(release === '4.15.1');
    // Each of them was refused once, the reply too.
    expect(writes).toContain(`/api/v1/accounts/${world.chatwoot.accountId}/inboxes`);
    expect(writes.filter((path) => path.endsWith('/messages')).length).toBeGreaterThanOrEqual(2);
  },
);
