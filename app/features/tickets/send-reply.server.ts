import type { Config } from '../../lib/settings/config.ts';
import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import { storableText } from '../../lib/storable.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { sendMail, type MailAnswer } from '../notify/channels/email/send-mail.server.ts';
import { lockTicket, markAnswered, type NotChanged, ticketTexts } from './ticket-row.server.ts';
import { clean, TICKET_LIMITS, ticketName } from './ticket-view.ts';

export interface ReplyRequest {
  ticketId: number;
  /** Made with the form: it is sent once, however often its button is pressed. */
  mailId: string;
  subject: string;
  body: string;
  actor: Actor;
  now: Date;
}

export type ReplyOutcome =
  /** The mail server took it; `answer` is what it said. */
  | { outcome: 'accepted'; answer: string }
  | { outcome: 'not_accepted'; answer: string }
  /** The connection broke before the answer: the customer may have it, or not. */
  | { outcome: 'not_known'; answer: string }
  | { outcome: 'sent_before' }
  | { outcome: 'refused'; problem: 'text_missing' | 'text_too_long' | 'no_address' | 'no_mail_server' }
  | NotChanged;

const LONGEST_SUBJECT = 200;

/**
 * Sends an answer to the customer over SMTP_URL. What goes out is on record before it does; "sent" is only what the mail
 * server accepted, and only that stops the ticket's clock. It is not repeated by itself: a person sees how it ended.
 */
export async function sendReply(services: Services, request: ReplyRequest): Promise<ReplyOutcome> {
  const { config, db, changes } = services;
  const { SMTP_URL: smtpUrl, SMTP_FROM: from } = config;
  const subject = storableText(clean(request.subject).replaceAll(/\s+/g, ' ').trim(), LONGEST_SUBJECT);
  const body = clean(request.body).trim();
  if (subject === '' || body === '') return { outcome: 'refused', problem: 'text_missing' };
  if (body.length > TICKET_LIMITS.text) return { outcome: 'refused', problem: 'text_too_long' };
  if (!smtpUrl || !from) return { outcome: 'refused', problem: 'no_mail_server' };
  const begun = await begin(services, { ...request, subject, body });
  if (begun.outcome !== 'begun') return begun;
  const answer = await sendMail(smtpUrl, mailOf({ ...request, subject, body, from, to: begun.to }, config));
  await inTransaction(db.pool, (client) => finish(client, request, begun.entryId, answer));
  changes.announce('page');
  switch (answer.outcome) {
    case 'accepted':
      return { outcome: 'accepted', answer: answer.answer };
    case 'retry':
    case 'refused':
      return { outcome: answer.certain ? 'not_accepted' : 'not_known', answer: answer.answer };
  }
}

function begin(
  { config, db }: Services,
  { ticketId, mailId, subject, body, actor, now }: ReplyRequest,
): Promise<ReplyOutcome | { outcome: 'begun'; entryId: number; to: string }> {
  return inTransaction(db.pool, async (client) => {
    const row = await lockTicket(client, ticketId, undefined);
    if ('outcome' in row) return row;
    const { open, seal } = ticketTexts(config, row.marker);
    if (row.email === null) return { outcome: 'refused', problem: 'no_address' };
    const { rows } = await client.query<{ id: number }>(
      `INSERT INTO ticket_entries (ticket_id, at, by, kind, text, state, mail_id)
       VALUES ($1, $2, $3, 'email', $4, 'sending', $5) ON CONFLICT (mail_id) DO NOTHING RETURNING id`,
      [ticketId, now, actor.name, seal(`${subject}\n\n${body}`), mailId],
    );
    const entryId = rows[0]?.id;
    if (entryId === undefined) return { outcome: 'sent_before' };
    await recordAudit(client, {
      actor,
      action: 'tickets.email',
      target: `ticket ${ticketName(ticketId)}`,
      after: { mailId },
      at: now,
    });
    return { outcome: 'begun', entryId, to: open(row.email) };
  });
}

async function finish(
  client: Parameters<typeof markAnswered>[0],
  { ticketId, now }: ReplyRequest,
  entryId: number,
  answer: MailAnswer,
): Promise<void> {
  const state = answer.outcome === 'accepted' ? 'accepted' : answer.certain ? 'failed' : 'sending';
  await client.query(
    `UPDATE ticket_entries SET state = $2, answer = $3 WHERE id = $1 AND state = 'sending'`,
    [entryId, state, answer.answer],
  );
  if (state === 'accepted') await markAnswered(client, ticketId, now);
}

function mailOf(
  mail: { from: string; to: string; subject: string; body: string; mailId: string },
  { SUPPORT_FALLBACK_EMAIL: replyTo }: Config,
) {
  const domain = /@([\w.-]+)>?\s*$/.exec(mail.from)?.[1] ?? 'outage-center.invalid';
  return {
    from: mail.from,
    replyTo,
    // As an object: an address is never read as a list of several.
    to: { name: '', address: mail.to },
    subject: mail.subject,
    text: mail.body,
    messageId: `<${mail.mailId}@${domain}>`,
    // Nothing that is written may make the mailer read a file or call an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
