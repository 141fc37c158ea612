import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AgentRequest } from '../../app/sandbox/agent/agent-records.ts';
import type { Behaviour } from '../../app/sandbox/agent/agent.ts';
import { createOutageScript, OUTAGE, type OutageScript } from '../../app/sandbox/demo/outage-script.ts';
import { manualClock } from './manual-clock.ts';

/** What the script did to the Agent service, in order. */
let did: string[];
let decide: ((request: AgentRequest) => Behaviour | undefined) | null;
let clock: ReturnType<typeof manualClock>;
let script: OutageScript;

beforeEach(() => {
  did = [];
  decide = null;
  clock = manualClock();
  script = createOutageScript(
    {
      setMode(mode, settings) {
        decide = null;
        did.push(`${clock.now() / 1000} ${mode} ${settings?.status ?? ''}`.trim());
        return Promise.resolve();
      },
      setBehaviour: (next) => {
        decide = next;
      },
    },
    clock,
  );
});
afterEach(() => script.stop());

test('breaks the Agent service step by step and repairs it in the end', async () => {
  expect(script.state()).toMatchObject({ running: false, label: '', steps: 4 });
  script.start();
  await clock.advance(200);
  expect(did).toEqual(['0 ok', '5 ok', '25 status 503', '40 down', '120 ok']);
  expect(script.state()).toMatchObject({ running: false, step: null });
  expect(script.state().label).toContain('is over');
});

test('takes about two minutes', () => {
  const seconds = OUTAGE.reduce((sum, step) => sum + step.seconds, 0);
  expect(seconds).toBe(120);
});

test('says which step runs and how long it still takes', async () => {
  script.start();
  await clock.advance(18);
  expect(script.state()).toMatchObject({
    running: true,
    step: 'rejecting',
    stepNumber: 2,
    secondsLeft: 7,
    totalSecondsLeft: 102,
  });
});

test('rejects a handful: every second message of a customer, nothing else', async () => {
  script.start();
  await clock.advance(16);
  const ask = (event: string, messageType: string | null) =>
    decide?.({ event, messageType } as AgentRequest)?.status ?? 200;
  const answers = [
    ask('message_created', 'incoming'),
    ask('message_created', 'outgoing'),
    ask('contact_updated', null),
    ask('message_created', 'incoming'),
    ask('message_created', 'incoming'),
    ask('message_created', 'incoming'),
  ];
  expect(answers).toEqual([200, 200, 200, 422, 200, 422]);
  await clock.advance(10);
  expect(decide).toBeNull();
});

test('a person who takes over is left alone', async () => {
  script.start();
  await clock.advance(50);
  script.takeOver();
  await clock.advance(200);
  expect(did.at(-1)).toBe('40 down');
  expect(script.state()).toMatchObject({ running: false, secondsLeft: 0 });
  expect(script.state().label).toContain('took over');
});

test('stopping it repairs the Agent service', async () => {
  script.start();
  await clock.advance(50);
  await script.stop();
  expect(did.at(-1)).toBe('50 ok');
});

test('starts again from the beginning, and not twice at once', async () => {
  script.start();
  script.start();
  await clock.advance(150);
  script.start();
  await clock.advance(30);
  expect(did.slice(5)).toEqual(['150 ok', '155 ok', '175 status 503']);
});
