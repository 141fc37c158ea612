import type { DeadLetterDetail } from './read-dead-letter.server.ts';
import type { DeadLetterRow } from './read-dead-letter-list.server.ts';

/** Rows of the list for somebody who may not read texts: a customer's name is the customer's own text. */
export const hideNames = (rows: readonly DeadLetterRow[]): DeadLetterRow[] =>
  rows.map((row) => ({ ...row, customerName: null }));

/**
 * A dead letter for somebody who may not read texts: without the customer's name, the message, and answers, which may
 * quote both.
 */
export function hideTexts(detail: DeadLetterDetail): DeadLetterDetail {
  return {
    ...detail,
    customerName: null,
    payload: null,
    missing: { reason: 'not_allowed' },
    attempts: detail.attempts.map((attempt) => ({ ...attempt, response: null })),
  };
}
