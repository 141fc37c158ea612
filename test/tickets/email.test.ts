import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startMailServer } from '../../app/sandbox/notifications/mail-server.ts';
import { sendReply, type ReplyRequest } from '../../app/features/tickets/send-reply.server.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';
import { BEN, ticketWorld, type TicketWorld } from './world.ts';

let mail: Awaited<ReturnType<typeof startMailServer>>;
let services: TestServices;
let world: TicketWorld;
beforeEach(async () => {
  mail = await startMailServer();
  services = await createTestServices({
    SMTP_URL: mail.url,
    SMTP_FROM: 'Shop <shop@example.com>',
    SUPPORT_FALLBACK_EMAIL: 'fallback@example.com',
  });
  world = ticketWorld(services);
});
afterEach(async () => {
  await services.close();
  await mail.stop();
});

const send = (ticketId: number, more: Partial<ReplyRequest> = {}) =>
  sendReply(services, {
    ...{ ticketId, mailId: randomUUID(), subject: 'Re: Größe [T-1]', body: 'Hello\n\nwe have it.' },
    ...{ actor: BEN, now: new Date(), ...more },
  });
const emails = async (id: number) => (await world.read(id)).entries.filter(({ kind }) => kind === 'email');

test('sent means that the mail server accepted it; only that stops the clock', async () => {
  const id = await world.add({ minutesAgo: '10' });
  const outcome = await send(id, { subject: 'Re: Größe\r\nBcc: x@example.com' });
  expect(outcome).toMatchObject({ outcome: 'accepted', answer: expect.stringContaining('queued') as string });
  const [received] = mail.received;
  expect(received!.body).toMatchObject({ from: 'shop@example.com', to: ['cleo@example.com'] });
  expect(received!.body.headers).toMatchObject({
    subject: 'Re: Größe Bcc: x@example.com',
    'reply-to': 'fallback@example.com',
  });
  expect(received!.body.headers).not.toHaveProperty('bcc');
  const { ticket } = await world.read(id);
  expect(ticket).toMatchObject({ status: 'answered' });
  expect(ticket.firstResponseAt).not.toBeNull();
  expect(await emails(id)).toMatchObject([
    { state: 'accepted', text: expect.stringContaining('we have it.') as string },
  ]);
});

test('the button pressed twice sends once', async () => {
  const id = await world.add();
  const mailId = randomUUID();
  const outcomes = await Promise.all([send(id, { mailId }), send(id, { mailId })]);
  expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['accepted', 'sent_before']);
  expect(mail.count()).toBe(1);
});

test('refused: the answer of the mail server is shown, the clock goes on', async () => {
  const id = await world.add();
  mail.refuse('cleo@example.com');
  expect(await send(id)).toMatchObject({
    outcome: 'not_accepted',
    answer: expect.stringContaining('No such mailbox') as string,
  });
  expect(await emails(id)).toMatchObject([{ state: 'failed' }]);
  expect((await world.read(id)).ticket).toMatchObject({ status: 'open', firstResponseAt: null });
});

test('away: not sent, for certain', async () => {
  const id = await world.add();
  await mail.setMode('down');
  expect(await send(id)).toMatchObject({ outcome: 'not_accepted' });
});

test('no answer after the text: nobody knows, and it says so', async () => {
  const id = await world.add();
  await mail.setMode('hang');
  const outcome = await send(id);
  expect(outcome).toMatchObject({ outcome: 'not_known' });
  expect(await emails(id)).toMatchObject([
    { state: 'sending', answer: expect.stringContaining('did not answer') as string },
  ]);
  expect((await world.read(id)).ticket.firstResponseAt).toBeNull();
});

test('what goes out is on record before it does', async () => {
  const id = await world.add();
  await mail.setMode('hang');
  const sending = send(id);
  await until('the mail server has it', () => mail.asked() === 1);
  expect(await emails(id)).toMatchObject([{ state: 'sending', answer: null }]);
  await sending;
});

test('without an address, a text or a mail server nothing is sent', async () => {
  const id = await world.add({ email: '' });
  expect(await send(id)).toEqual({ outcome: 'refused', problem: 'no_address' });
  expect(await send(id, { body: ' ' })).toEqual({ outcome: 'refused', problem: 'text_missing' });
  expect(await send(99)).toEqual({ outcome: 'not_found' });
  const without = await createTestServices({ DATABASE_URL: services.databaseUrl });
  const request = {
    ticketId: id,
    mailId: randomUUID(),
    subject: 's',
    body: 'b',
    actor: BEN,
    now: new Date(),
  };
  expect(await sendReply(without, request)).toEqual({ outcome: 'refused', problem: 'no_mail_server' });
  await without.close();
  expect(mail.asked()).toBe(0);
});
