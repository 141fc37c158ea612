import type { AppLoadContext } from '@remix-run/node';
import { parseRowNumber } from '../../../lib/http/form-fields.ts';
import { storableName, storableText } from '../../../lib/storable.ts';
import type { Services } from '../../../lib/services.server.ts';
import {
  FILTER_PLACES,
  filterOf,
  type FilterPlace,
  LONGEST_FILTER_NAME,
  type SavedFilter,
} from '../access-words.ts';
import { identify } from '../identify.server.ts';

interface OwnSession {
  id: string;
  current: boolean;
  startedAt: Date;
  expiresAt: Date;
  address: string | null;
  browser: string | null;
}

export interface TokenRow {
  id: number;
  name: string;
  permissions: string[];
  owner: string;
  createdAt: Date;
  expiresAt: Date;
  expired: boolean;
  lastUsedAt: Date | null;
  lastUsedFrom: string | null;
}

export interface Account {
  name: string;
  email: string;
  role: string;
  secondFactor: boolean;
  hasPassword: boolean;
  /** Since when a single sign-on is linked; null when none is. */
  singleSignOnSince: Date | null;
  sessions: OwnSession[];
}

/** Somebody's own account. @param sessionToken the session that asks, to be marked */
export async function readAccount(
  { db }: Services,
  personId: string,
  sessionToken: string | null,
  now: Date,
): Promise<Account> {
  const [person, sessions] = await Promise.all([
    db.pool.query<Omit<Account, 'sessions'>>(
      `SELECT name, email, role, two_factor_enabled AS "secondFactor", EXISTS (
         SELECT 1 FROM sign_in_methods WHERE person_id = p.id AND provider_id = 'credential') AS "hasPassword",
         (SELECT min(created_at) FROM sign_in_methods
          WHERE person_id = p.id AND provider_id <> 'credential') AS "singleSignOnSince"
       FROM people p WHERE id = $1`,
      [personId],
    ),
    db.pool.query<OwnSession>(
      `SELECT id, token = $2 AS current, created_at AS "startedAt", expires_at AS "expiresAt", ip_address AS address,
         user_agent AS browser
       FROM sessions WHERE person_id = $1 AND expires_at > $3 ORDER BY created_at DESC, id LIMIT 100`,
      [personId, sessionToken, now],
    ),
  ]);
  return { ...person.rows[0]!, sessions: sessions.rows };
}

/** Every API token that works, or has stopped to within 30 days, of everybody. */
export async function listTokens({ db }: Services, now: Date): Promise<TokenRow[]> {
  const { rows } = await db.pool.query<TokenRow>(
    `SELECT t.id, t.name, t.permissions, p.name AS owner, t.created_at AS "createdAt", t.expires_at AS "expiresAt",
       t.expires_at <= $1 AS expired, t.last_used_at AS "lastUsedAt",
       t.last_used_from AS "lastUsedFrom"
     FROM api_tokens t JOIN people p ON p.id = t.person_id
     WHERE t.revoked_at IS NULL AND p.deactivated_at IS NULL AND t.expires_at > $1::timestamptz - interval '30 days'
     ORDER BY t.id DESC LIMIT 500`,
    [now],
  );
  return rows;
}

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
