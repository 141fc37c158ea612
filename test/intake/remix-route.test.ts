import type { ActionFunctionArgs } from '@remix-run/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openIntake, type Intake } from '../../app/features/intake/open-intake.server.ts';
import { action, loader } from '../../app/routes/api/webhooks.chatwoot.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { messageCreated } from './samples.ts';

let services: TestServices;
let intake: Intake;
beforeAll(async () => {
  services = await createTestServices({
    CHATWOOT_WEBHOOK_TOKEN: 't0ken-of-some-length',
    WEBHOOK_MAX_BODY_BYTES: '2048',
  });
  intake = openIntake(services);
});
afterAll(async () => {
  await intake?.stop();
  await services?.close();
});

const url = 'http://127.0.0.1/api/webhooks/chatwoot?token=t0ken-of-some-length';
const args = (request: Request) =>
  ({
    request,
    params: {},
    context: { services, intake, sandboxUrl: undefined },
  }) as unknown as ActionFunctionArgs;
const post = (body: BodyInit, to = url) =>
  action(
    args(
      new Request(to, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body,
        ...(body instanceof ReadableStream && { duplex: 'half' }),
      }),
    ),
  );

test('the route module takes a webhook like the fast path does', async () => {
  const body = JSON.stringify(messageCreated(1));
  const answer = await post(body);
  expect([answer.status, await answer.json()]).toEqual([200, { status: 'accepted' }]);
  const { rows } = await services.db.pool.query<{ body: Buffer }>('SELECT body FROM webhook_events');
  expect(rows.map((row) => row.body.toString())).toEqual([body]);
});

test('and refuses what it refuses', async () => {
  const get = await loader(args(new Request(url)));
  expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
  expect((await post('{}', url.replace('t0ken-of-some-length', 'guess'))).status).toBe(401);
  expect((await post('{')).status).toBe(400);
  let pulled = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled += 1;
      controller.enqueue(new Uint8Array(1024));
    },
  });
  expect((await post(endless)).status).toBe(413);
  expect(pulled).toBeLessThan(10);
});
