import type { TicketMerge, TicketView } from '../../features/tickets/ticket-view.ts';
import { responseMinutes } from '../../features/tickets/sla-clock.ts';

/** What stands in place of a customer's words that the reader may not see, or that were removed. */
export function shownText(text: string | null, ticket: Pick<TicketView, 'textRemoved'>): string {
  if (ticket.textRemoved) return 'Removed after the retention time';
  return text ?? 'Your role does not show this';
}

/** Response time as a field holds it: minutes, or nothing. */
export const responseText = (ticket: TicketView): string => String(responseMinutes(ticket) ?? '');

export const MERGE_WORDS: Record<
  TicketMerge['state'],
  { tone: 'info' | 'good' | 'critical'; words: string }
> = {
  waiting: { tone: 'info', words: 'Waits to go into Chatwoot' },
  running: { tone: 'info', words: 'Is brought into Chatwoot now' },
  done: { tone: 'good', words: 'Goes on in Chatwoot' },
  failed: { tone: 'critical', words: 'Could not be brought into Chatwoot' },
};

/** A person may change it: it is neither on its way into Chatwoot nor there. */
export const isEditable = ({ merge }: TicketView): boolean => merge === null || merge.state === 'failed';
