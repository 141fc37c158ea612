import type { TicketStatus } from './ticket-view.ts';

/** Where a ticket stands with its first answer; lengths in ms. */
export type SlaClock =
  | { state: 'breached'; lateMs: number }
  /** Less than a third of the time is left. */
  | { state: 'soon'; leftMs: number }
  | { state: 'waiting'; leftMs: number }
  | { state: 'answered_in_time'; tookMs: number }
  | { state: 'answered_late'; tookMs: number; lateMs: number }
  /** Answered, and nobody has noted when. */
  | { state: 'answered_unknown' }
  | { state: 'closed_unanswered' }
  /** It goes on in Chatwoot, and so does its clock. */
  | { state: 'merged' };

interface Clocked {
  status: TicketStatus;
  receivedAt: string;
  firstResponseAt: string | null;
  dueAt: string;
  merge: { state: string } | null;
}

/** The first answer of a ticket against its target (SLA_FIRST_RESPONSE); what is noted wins over what is running. */
export function slaClock(ticket: Clocked, now: number): SlaClock {
  const received = Date.parse(ticket.receivedAt);
  const due = Date.parse(ticket.dueAt);
  if (ticket.firstResponseAt !== null) {
    const answered = Date.parse(ticket.firstResponseAt);
    const tookMs = Math.max(0, answered - received);
    return answered <= due
      ? { state: 'answered_in_time', tookMs }
      : { state: 'answered_late', tookMs, lateMs: answered - due };
  }
  if (ticket.merge?.state === 'done') return { state: 'merged' };
  if (ticket.status === 'answered') return { state: 'answered_unknown' };
  if (ticket.status === 'closed') return { state: 'closed_unanswered' };
  const leftMs = due - now;
  if (leftMs < 0) return { state: 'breached', lateMs: -leftMs };
  return leftMs < (due - received) / 3 ? { state: 'soon', leftMs } : { state: 'waiting', leftMs };
}

/** Minutes until the first answer, to a tenth, as people write them down; null when nobody answered, or nobody knows when. */
export function responseMinutes(ticket: {
  receivedAt: string;
  firstResponseAt: string | null;
}): number | null {
  if (ticket.firstResponseAt === null) return null;
  const ms = Date.parse(ticket.firstResponseAt) - Date.parse(ticket.receivedAt);
  return Math.max(0, Math.round(ms / 6000) / 10);
}
