import type { Services } from '../../lib/services.server.ts';
import type { Actor } from '../audit/actor.ts';
import { addTicket } from './add-ticket.server.ts';
import { changeTicket, logEntry } from './change-ticket.server.ts';
import { sendReply } from './send-reply.server.ts';
import { readMinutes, TICKET_STATUSES, type TicketStatus } from './ticket-view.ts';
import { PROBLEMS, type TicketDone } from './ticket-words.ts';
import { parseRowNumber, parseVersion } from '../../lib/http/form-fields.ts';

/** What a form of the tickets came to. */
export type TicketFormResult =
  | { outcome: 'done'; done: TicketDone; n: number }
  /** Not done; what was typed goes back into the fields. */
  | {
      outcome: 'refused';
      status: number;
      problem: string;
      typed: Record<string, string>;
      /** Somebody else was first: what the next try is based on is what the page shows now. */
      conflict: boolean;
    };

interface FormRequest {
  fields: URLSearchParams;
  actor: Actor;
  now: Date;
}

/** Does what a form asks: `do` is add, change, note, reply or send. */
export async function actOnTicket(services: Services, request: FormRequest): Promise<TicketFormResult> {
  const { fields } = request;
  const answer = await act(services, request);
  if ('done' in answer) return { outcome: 'done', done: answer.done, n: answer.n };
  const { problem, status, conflict = false } = answer;
  const shown = [...fields].filter(([name]) => !['returnTo', 'version', 'mailId'].includes(name));
  return { outcome: 'refused', status, problem, typed: Object.fromEntries(shown), conflict };
}

type Answer = { done: TicketDone; n: number } | { problem: string; status: number; conflict?: boolean };

async function act(services: Services, { fields, actor, now }: FormRequest): Promise<Answer> {
  const text = (name: string) => fields.get(name) ?? '';
  const who = { actor, now };
  const ticketId = parseRowNumber(fields.get('ticket'));
  const what = fields.get('do');
  if (what === 'add') {
    const outcome = await addTicket(services, {
      customer: text('customer'),
      email: text('email'),
      issue: text('issue'),
      minutesAgo: text('minutesAgo'),
      ...who,
    });
    return outcome.outcome === 'added' ? { done: 'added', n: outcome.id } : refused(outcome.problem);
  }
  if (ticketId === null) return refused('not_understood');
  switch (what) {
    case 'change': {
      const status = text('status') as TicketStatus;
      const version = parseVersion(fields.get('version'));
      const minutes = readMinutes(fields.get('response'));
      if (!TICKET_STATUSES.includes(status) || version === null) return refused('not_understood');
      if (minutes === undefined) return refused('response_malformed');
      const isAsShown = text('response').trim() === text('responseWas');
      return answerOf(
        await changeTicket(services, {
          ticketId,
          version,
          customer: text('customer'),
          email: text('email'),
          issue: text('issue'),
          status,
          responseMinutes: isAsShown ? undefined : minutes,
          ...who,
        }),
        ticketId,
      );
    }
    case 'note':
    case 'reply':
      return answerOf(
        await logEntry(services, { ticketId, kind: what, text: text('text'), ...who }),
        ticketId,
      );
    case 'send': {
      const mailId = text('mailId');
      if (!/^[0-9a-f-]{36}$/.test(mailId)) return refused('not_understood');
      const mail = { ticketId, mailId, subject: text('subject'), body: text('text'), ...who };
      return answerOf(await sendReply(services, mail), ticketId);
    }
    case null:
    default:
      return refused('not_understood');
  }
}

type Outcome = Awaited<
  ReturnType<typeof changeTicket> | ReturnType<typeof logEntry> | ReturnType<typeof sendReply>
>;

function answerOf(outcome: Outcome, ticketId: number): Answer {
  switch (outcome.outcome) {
    case 'changed':
    case 'nothing_changed':
    case 'noted':
    case 'reply_logged':
    case 'accepted':
    case 'sent_before':
      return { done: outcome.outcome, n: ticketId };
    case 'refused':
      return refused(outcome.problem);
    case 'not_found':
      return refused('not_found', 404);
    case 'merging':
    case 'merged':
      return refused(outcome.outcome, 409);
    case 'changed_meanwhile':
      return {
        problem: `Not changed yet: ${outcome.by} changed this ticket at ${outcome.at.slice(11, 19)} UTC, after you had opened it. It is shown as it is now; what you typed stands in the fields. Save again if it still holds.`,
        status: 409,
        conflict: true,
      };
    case 'not_accepted':
      return { problem: `Not sent. The mail server said: ${outcome.answer}`, status: 502 };
    case 'not_known':
      return {
        problem: `It is not known whether it was sent: ${outcome.answer} Ask the customer, or send it again.`,
        status: 502,
      };
  }
}

const refused = (problem: keyof typeof PROBLEMS, status = 400): Answer => ({
  problem: PROBLEMS[problem],
  status,
});
