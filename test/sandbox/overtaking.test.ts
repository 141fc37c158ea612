import { afterEach, expect, test } from 'vitest';
import { lateness } from '../../app/sandbox/chatwoot/webhooks/webhook-sender.ts';
import { seededRandom } from '../../app/sandbox/random.ts';
import { simulate, type Simulated } from './simulated.ts';

let simulated: Simulated | undefined;
afterEach(() => simulated?.stop());

test('how late the late ones are: half at most 30 ms, 95 % at most 220 ms, none more than 0.95 s', () => {
  const random = seededRandom(7);
  const late = Array.from({ length: 20_000 }, () => lateness(random)).filter((ms) => ms > 0);
  late.sort((a, b) => a - b);
  const at = (share: number) => late[Math.floor(late.length * share)]!;
  expect(late.length / 20_000).toBeCloseTo(0.15, 1);
  expect(at(0.5)).toBeGreaterThanOrEqual(25);
  expect(at(0.49)).toBeLessThanOrEqual(30);
  expect(at(0.94)).toBeLessThanOrEqual(220);
  expect(late.at(-1)).toBeLessThanOrEqual(950);
});

test('messages written in bursts overtake each other within their conversation', async () => {
  simulated = await simulate();
  const { chatwoot, receiver } = simulated;
  chatwoot.setOvertaking(true);
  const conversations = Array.from({ length: 20 }, () => chatwoot.store.startConversation());
  for (let turn = 0; turn < 10; turn++)
    for (const conversation of conversations)
      chatwoot.store.addMessage(conversation, {
        type: 'incoming',
        content: `${turn}`,
        private: false,
        sender: conversation.contact,
      });
  await chatwoot.webhooks.idle();
  const newest = new Map<number, number>();
  let overtaken = 0;
  for (const { body } of receiver.got) {
    const { event, id, conversation } = JSON.parse(body) as {
      event: string;
      id: number;
      conversation?: { id: number };
    };
    if (event !== 'message_created') continue;
    const { id: key } = conversation!;
    if (id < (newest.get(key) ?? 0)) overtaken += 1;
    newest.set(key, Math.max(id, newest.get(key) ?? 0));
  }
  expect(overtaken).toBeGreaterThan(4);
  expect(overtaken).toBeLessThan(100);
});
