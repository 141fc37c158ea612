import type { Problem } from '../../../lib/problem.ts';

/** The answer to fields that make no sense, for machines. */
export function notUnderstood(detail: string): Problem {
  return { status: 400, title: 'Not understood', code: 'not_understood', detail };
}
