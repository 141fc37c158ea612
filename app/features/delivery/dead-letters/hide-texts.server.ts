import type { DeadLetterDetail } from './dead-letter.view.server.ts';

/** A dead letter for somebody who may not read texts: without the message, and without answers, which may quote it. */
export function hideTexts(detail: DeadLetterDetail): DeadLetterDetail {
  return {
    ...detail,
    payload: null,
    missing: { reason: 'not_allowed' },
    attempts: detail.attempts.map((attempt) => ({ ...attempt, response: null })),
  };
}
