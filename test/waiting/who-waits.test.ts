import { afterEach, beforeEach, expect, test } from 'vitest';
import { readWaitingFigures } from '../../app/features/waiting/read-waiting-figures.server.ts';
import { readWaiting } from '../../app/features/waiting/read-waiting.server.ts';
import type { WebhookPayload } from '../../app/sandbox/chatwoot/webhooks/payloads.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { recordedWebhook } from '../support/recording.ts';
import { projectAll, storeEvents } from './store-events.ts';
import { told } from './told.ts';

const NINE = new Date('2026-11-23T09:00:00.000Z');
const at = (minutes: number, ms = 0) => new Date(NINE.getTime() + minutes * 60_000 + ms);

let services: TestServices;
beforeEach(async () => {
  services = await createTestServices();
});
afterEach(() => services.close());

/** Both ways round: webhooks overtake each other. */
async function tell(...payloads: WebhookPayload[]) {
  for (const payload of payloads.toReversed()) {
    await storeEvents(services, [payload]);
    await projectAll(services, at(60));
  }
}
const whoWaits = async (now = at(20)) =>
  (await readWaiting(services, { sort: 'risk', filter: 'all', page: 1, withNames: true, now })).items.map(
    ({ conversationId, waitingSince, dueAt }) => ({ conversationId, waitingSince, dueAt }),
  );
const waits = (conversationId: number, since: Date, due: Date) => ({
  conversationId,
  waitingSince: since.toISOString(),
  dueAt: due.toISOString(),
});
const asks = (conversation: number, minute = 0, message = conversation * 10) =>
  told('message_created-incoming-widget', {
    conversation,
    message,
    at: at(minute, 300),
    began: NINE,
    waitingSince: at(minute),
  });

test('a reply typed in the WhatsApp or Instagram app ends the wait, as a person’s', async () => {
  await tell(
    asks(1),
    told('message_created-outgoing-external-echo.made', {
      conversation: 1,
      message: 11,
      at: at(5),
      began: NINE,
      // Its job ran before the conversation was saved.
      waitingSince: NINE,
    }),
  );
  expect(await whoWaits()).toEqual([]);
  expect(await readWaitingFigures(services, at(60))).toMatchObject({
    answeredLastHour: 1,
    averageResponseSeconds: 300,
  });
});

test('a campaign’s, a rule’s and a bot’s message, a greeting and a note end no wait, whoever’s name they bear', async () => {
  const others = [
    'message_created-outgoing-campaign.made',
    'message_created-outgoing-automation',
    'message_created-outgoing-bot',
    'message_created-template-greeting',
    'message_created-private-note',
  ];
  await tell(
    ...others.flatMap((recording, index) => [
      asks(index + 1),
      told(recording, {
        conversation: index + 1,
        message: 100 + index,
        at: at(1),
        began: NINE,
        waitingSince: NINE,
      }),
    ]),
  );
  expect((await whoWaits()).map(({ conversationId }) => conversationId).sort()).toEqual([1, 2, 3, 4, 5]);
  expect(await readWaitingFigures(services, at(60))).toMatchObject({ answeredLastHour: 0 });
});

test('nobody waits where no customer has written: opened by a campaign, a rule or an agent; then from their first message on', async () => {
  const opened = [
    'message_created-outgoing-campaign.made',
    'message_created-outgoing-automation',
    'message_created-template-greeting',
    'message_created-outgoing-agent',
    'conversation_created-Api-open-no-message',
  ];
  await tell(
    ...opened.map((recording, index) =>
      told(recording, {
        conversation: index + 1,
        message: recording.startsWith('message') ? 100 + index : undefined,
        at: at(0, 200),
        began: NINE,
        waitingSince: NINE,
      }),
    ),
  );
  expect(await whoWaits()).toEqual([]);
  await tell(
    told('message_created-incoming-widget', {
      conversation: 1,
      message: 200,
      at: at(10),
      began: NINE,
      waitingSince: NINE,
    }),
  );
  expect(await whoWaits()).toEqual([waits(1, at(10), at(40))]);
  expect((await services.db.pool.query('SELECT FROM waits WHERE since IS NOT NULL')).rowCount).toBe(1);
});

test('the campaign’s message as it was recorded makes nobody wait, before or after', async () => {
  await tell(recordedWebhook('message_created-outgoing-campaign.made'));
  expect(await whoWaits(new Date('2026-09-22T08:20:00Z'))).toEqual([]);
});

test('an answer that could not be sent is none, until it is sent after all', async () => {
  const answer = (minute: number, minutesLater: number, more: object) =>
    told('message_created-outgoing-agent', {
      conversation: 1,
      message: 11,
      at: at(minute),
      began: NINE,
      firstReplyAt: at(5),
      waitingSince: null,
      ...more,
      ...(minutesLater > 0 && { event: 'message_updated', toldAt: at(minute + minutesLater) }),
    });
  await tell(asks(1), answer(5, 0, { delivery: 'sent' }));
  expect(await whoWaits()).toEqual([]);
  await tell(answer(5, 1, { delivery: 'failed', attributes: { external_error: '131047: outside 24 h' } }));
  expect(await whoWaits()).toEqual([waits(1, NINE, at(30))]);
  // The customer asks again: it is the same wait.
  await tell({
    ...asks(1, 8, 12),
    conversation: {
      ...(asks(1, 8, 12).conversation as object),
      first_reply_created_at: at(5).toISOString(),
    },
  });
  expect(await whoWaits()).toEqual([waits(1, NINE, at(30))]);
  expect(await readWaitingFigures(services, at(60))).toMatchObject({ waiting: 1, answeredLastHour: 0 });
  await tell(answer(5, 10, { delivery: 'sent', waitingSince: at(8) }));
  expect(await whoWaits()).toEqual([waits(1, at(8), at(38))]);
});

test('due as Chatwoot reckons: the first answer from the beginning of the conversation, a later one from the question', async () => {
  // A bot answered at once; the customer asked again after 20 minutes, and no person has answered yet.
  const bot = told('message_created-outgoing-bot', {
    conversation: 1,
    message: 11,
    at: at(0, 900),
    began: NINE,
    waitingSince: null,
  });
  await tell(asks(1), bot, asks(1, 20, 12));
  expect(await whoWaits()).toEqual([waits(1, at(20), at(30))]);
  // A person has answered the first question: the second has a clock of its own.
  const person = told('message_created-outgoing-agent', {
    conversation: 2,
    message: 21,
    at: at(5),
    began: NINE,
    firstReplyAt: at(5),
    waitingSince: null,
  });
  await tell(asks(2), person, asks(2, 20, 22));
  expect(await whoWaits()).toContainEqual(waits(2, at(20), at(50)));
  // Resolved by the bot last week, and written to again: not late already.
  const resolved = told('conversation_created-Api-open-no-message', {
    conversation: 3,
    at: at(2),
    began: NINE,
    status: 'resolved',
  });
  await tell(asks(3), resolved, asks(3, 600, 32));
  expect(await whoWaits()).toContainEqual(waits(3, at(600), at(630)));
});

const mail = (conversation: number, email: object, more: { sender?: string; minute?: number } = {}) =>
  told('message_created-incoming-email', {
    conversation,
    message: conversation * 10 + (more.minute ?? 0),
    at: at(more.minute ?? 0, 400),
    began: NINE,
    waitingSince: NINE,
    sender: more.sender,
    attributes: {
      email: {
        ...(recordedWebhook('message_created-incoming-email').content_attributes as { email: object }).email,
        ...email,
      },
    },
  });

test('machines are no customers: bounces, robots and out-of-office answers start no wait and are shown apart', async () => {
  await tell(
    mail(1, { auto_reply: true }),
    mail(2, { headers: { 'Auto-Submitted': 'auto-generated' } }),
    mail(3, {}, { sender: 'MAILER-DAEMON@mx.example.test' }),
    mail(4, { content_type: 'multipart/report; report-type=delivery-status; boundary="x"' }),
    mail(5, { subject: 'Automatic reply: Where is my order' }),
    mail(6, {}, { sender: 'no-reply@parcels.example.test' }),
    mail(7, { headers: { 'auto-submitted': 'no', Precedence: 'normal' } }),
    mail(8, { from: ['no-reply@forms.example.test'] }),
    mail(9, { subject: 'Out of office chairs?' }),
  );
  expect((await whoWaits()).map(({ conversationId }) => conversationId).sort()).toEqual([7, 8, 9]);
  expect(await readWaitingFigures(services, at(60))).toMatchObject({ waiting: 3, machines: 6 });
  // Delivered as ever, and told from customers' where they are counted.
  const { rows } = await services.db.pool.query<{ signal: string; n: number }>(
    'SELECT signal, count(*) AS n FROM deliveries GROUP BY 1 ORDER BY 1',
  );
  expect(rows).toEqual([
    { signal: 'customer_message', n: 3 },
    { signal: 'machine_message', n: 6 },
  ]);
});

test('a person who writes after a machine waits from then on; a machine that writes after a person changes nothing', async () => {
  await tell(mail(1, { auto_reply: true }), mail(1, {}, { minute: 6 }));
  await tell(mail(2, {}), mail(2, { auto_reply: true }, { minute: 6 }));
  expect(await whoWaits()).toEqual([waits(2, NINE, at(30)), waits(1, at(6, 400), at(36, 400))]);
  expect(await readWaitingFigures(services, at(60))).toMatchObject({ waiting: 2, machines: 0 });
});

test('with Chatwoot ten minutes behind, an answer that is due in 29 minutes reads so', async () => {
  await services.db.pool.query(
    `INSERT INTO chatwoot_clock (ahead_ms, low_ms, high_ms, measured_at) VALUES (-600000, -600010, -599990, now())
     ON CONFLICT (one) DO UPDATE SET ahead_ms = excluded.ahead_ms`,
  );
  await tell(asks(1));
  // Chatwoot says 9:00 when it is 9:10 here.
  const now = at(11);
  const { items } = await readWaiting(services, {
    sort: 'risk',
    filter: 'all',
    page: 1,
    withNames: false,
    now,
  });
  expect(items[0]).toMatchObject({
    secondsLeft: 29 * 60,
    breached: false,
    waitingSince: at(10).toISOString(),
    dueAt: at(40).toISOString(),
  });
  expect(await readWaitingFigures(services, at(60))).toMatchObject({
    breached: 1,
    oldestSince: at(10).toISOString(),
  });
});
