import type { AppLoadContext } from '@remix-run/node';
import { parseRowNumber } from '../../../lib/http/form-fields.ts';
import type { Services } from '../../../lib/services.server.ts';
import { storableName, storableText } from '../../../lib/json.ts';
import {
  FILTER_PLACES,
  filterOf,
  type FilterPlace,
  LONGEST_FILTER_NAME,
  type SavedFilter,
} from '../access-words.ts';
import { identify } from '../identify.server.ts';

/** Of one person at one place; the oldest make room. */
const MOST_SAVED = 20;
const LONGEST_QUERY = 500;

/** The filters of whoever asks, for the page that is asked for, by name; null: they have none there, or there are none at all. */
export async function readSavedFilters(
  request: Request,
  context: AppLoadContext,
): Promise<{ place: FilterPlace; filters: SavedFilter[] } | null> {
  const { pathname } = new URL(request.url);
  const place = FILTER_PLACES.find(({ is }) => is.test(pathname))?.place;
  if (!place) return null;
  const who = await identify(request, context);
  if (who.outcome !== 'known' || who.asker.personId === null) return null;
  const { rows } = await context.services.db.pool.query<{ name: string; query: string }>(
    'SELECT name, query FROM saved_filters WHERE person_id = $1 AND place = $2 ORDER BY lower(name), name',
    [who.asker.personId, place],
  );
  return { place, filters: rows };
}

/**
 * Keeps a filter under a name, or forgets the one of that name: `do`, `place`, `name`, `query`, and for a timeline `incident`.
 * @returns where it was asked for; null: the form was not understood
 */
export async function changeSavedFilter(
  { db }: Services,
  { fields, personId, now }: { fields: URLSearchParams; personId: string; now: Date },
): Promise<string | null> {
  const found = FILTER_PLACES.find(({ place }) => place === fields.get('place'));
  const name = storableName((fields.get('name') ?? '').trim(), LONGEST_FILTER_NAME);
  const incident = parseRowNumber(fields.get('incident') ?? '');
  if (!found || name === '' || (found.place === 'timeline' && incident === null)) return null;
  const { place } = found;
  const query = filterOf(storableText(fields.get('query') ?? '', LONGEST_QUERY));
  if (fields.get('do') === 'forget-filter')
    await db.pool.query('DELETE FROM saved_filters WHERE person_id = $1 AND place = $2 AND name = $3', [
      personId,
      place,
      name,
    ]);
  else if (query !== '')
    await db.pool.query(
      `WITH kept AS (
         INSERT INTO saved_filters (person_id, place, name, query, saved_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (person_id, place, name) DO UPDATE SET query = excluded.query, saved_at = excluded.saved_at)
       DELETE FROM saved_filters WHERE person_id = $1 AND place = $2 AND name IN (
         SELECT name FROM saved_filters WHERE person_id = $1 AND place = $2 AND name <> $3
         ORDER BY saved_at DESC OFFSET ${MOST_SAVED - 1})`,
      [personId, place, name, query, now],
    );
  const path = place === 'timeline' ? `/incidents/${incident}` : `/${place}`;
  return `${path}${query && `?${query}`}#${found.hash}`;
}
