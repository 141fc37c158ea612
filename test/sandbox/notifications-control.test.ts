import { afterEach, beforeEach, expect, test } from 'vitest';
import { readSandboxMessages } from '../../app/features/overview/sandbox.server.ts';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { startControl, type Control } from '../../app/sandbox/control/control.ts';
import { plainTextOf } from '../../app/sandbox/control/control-commands.ts';
import { createOutageScript } from '../../app/sandbox/demo/outage-script.ts';
import { sendNotifications } from '../../app/features/notify/send-notifications.server.ts';
import { createNotifyWorld, messageOf, START, type NotifyWorld } from '../notify/notify-world.ts';
import { manualClock } from './manual-clock.ts';

let world: NotifyWorld;
let chatwoot: Chatwoot;
let agent: AgentService;
let control: Control;

beforeEach(async () => {
  [world, chatwoot, agent] = await Promise.all([createNotifyWorld(), startChatwoot(), startAgent()]);
  const script = createOutageScript(agent, manualClock());
  control = await startControl({ chatwoot, agent, script, notifications: world.stubs });
});
afterEach(async () => {
  await control.stop();
  await chatwoot.stop();
  await agent.stop();
  await world.close();
});

const command = async (body: object) => {
  const response = await fetch(`${control.url}/notifications`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  const { detail } = (await response.json()) as { detail?: string };
  return { status: response.status, detail };
};

test('what each service was sent can be read, without keys; a service that is down takes nothing', async () => {
  await command({ service: 'slack', mode: 'down' });
  const message = messageOf('opened', { sentence: 'Grüße, "x" = 1 €.' });
  await world.queue(
    START,
    ...(['slack', 'email', 'pagerduty', 'webhook'] as const).map((kind) => ({
      dedupeKey: kind,
      channel: { kind, of: 'environment' as const },
      message,
    })),
  );
  await sendNotifications(world.services, START);
  const messages = (await readSandboxMessages(control.url))!;
  expect(messages.slack).toMatchObject({ mode: 'down', count: 0, received: [] });
  expect(messages.email.received[0]).toMatchObject({
    to: 'support-team@example.com',
    text: 'Incident 12: Chatwoot does not answer',
    detail: expect.stringContaining('Grüße, "x" = 1 €.') as string,
  });
  expect(messages.webhook).toMatchObject({ mode: 'ok', count: 1 });
  expect(messages.pagerduty.received[0]!.detail).toContain('"event_action": "trigger"');
  expect(JSON.stringify(messages)).not.toContain('sandbox0sandbox0');
  expect((await command({ service: 'slack', mode: 'ok' })).status).toBe(200);
  await world.run(0, 10);
  expect((await readSandboxMessages(control.url))!.slack.received[0]!.detail).toContain('Grüße, "x" = 1 €.');
});

test.each([
  [{ service: 'pigeon', mode: 'ok' }, '"service" must be one of slack, email, pagerduty, webhook.'],
  [{ service: 'slack', mode: 'broken' }, '"mode" must be one of ok, status, hang, down.'],
  [{ service: 'slack', mode: 'status', status: 99 }, '"status" must be a whole number from 200 to 599.'],
])('%j is answered 400', async (body, detail) => {
  expect(await command(body)).toEqual({ status: 400, detail });
});

test('a mail without plain text is shown as it came', () => {
  expect(plainTextOf('Subject: x\r\n\r\nhello')).toBe('Subject: x\r\n\r\nhello');
});
