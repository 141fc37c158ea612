import { problemResponse } from '../../lib/problem.ts';
import { holds, type Asker } from './asker.ts';

/**
 * Choosing by words in a message tells, by how many match, what messages say: it takes the right to read them.
 * The filter is refused and not left out, because a selection without it would be a wider one.
 * @param fields of a form that selects dead letters
 * @returns the answer that refuses the request; null when it may go on
 */
export function refuseTextSearch(asker: Asker, fields: URLSearchParams): Response | null {
  if (!fields.get('text')?.trim() || holds(asker, 'texts.read')) return null;
  return problemResponse({
    status: 403,
    title: 'Not allowed',
    code: 'text_search_not_allowed',
    detail: 'Choosing by text needs the right "texts.read": leave out "text", or use a token that has it.',
  });
}
