import type pg from 'pg';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import { parseRowNumber, parseVersion } from '../../lib/http/form-fields.ts';
import type { Services } from '../../lib/services.server.ts';
import { storableJson } from '../../lib/storable.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { LONGEST, tidy } from './publish-update.server.ts';
import { readPage } from './read-settings.server.ts';
import { LANGUAGES } from './status-document.ts';
import type { FormProblem } from './status-form-words.ts';

/** Components that a page can show within its size. */
const MOST_COMPONENTS = 12;
const MOST_LOGO_BYTES = 24 * 1024;
const LONGEST_NAME = 60;

export type ChangeOutcome = { outcome: 'saved' } | { outcome: FormProblem };

export interface Request {
  fields: URLSearchParams;
  actor: Actor;
  now: Date;
}

export const field = ({ fields }: Request, name: string, most: number): string =>
  tidy(fields.get(name) ?? '', most).replaceAll(/\s+/g, ' ');

/** Whole number of a field within bounds; null for an empty one, undefined for what is none. */
function numberIn(text: string, most: number): number | null | undefined {
  if (text.trim() === '') return null;
  const n = /^\d{1,6}$/.test(text.trim()) ? Number(text) : NaN;
  return n <= most ? n : undefined;
}

/** Saves how the page looks, and whether it is on. */
export function savePage(services: Services, request: Request): Promise<ChangeOutcome> {
  const { fields, actor, now } = request;
  const colour = (fields.get('colour') ?? '').toLowerCase();
  const language = LANGUAGES.find((known) => known === fields.get('language'));
  if (!/^#[0-9a-f]{6}$/.test(colour)) return refused('colour');
  if (!language) return refused('language');
  const page = {
    enabled: fields.get('enabled') === 'on',
    title: field(request, 'title', LONGEST_NAME),
    contact: field(request, 'contact', LONGEST.about),
    ...{ colour, language },
  };
  return change(services, { actor, now, target: 'status page', after: page }, async (client) =>
    client.query(
      `UPDATE status_page SET enabled = $1, title = $2, contact = $3, colour = $4, language = $5, version = version + 1,
         changed_by = $6, changed_at = $7 WHERE version = $8`,
      [...Object.values(page), actor.name, now, parseVersion(fields.get('version'))],
    ),
  );
}

const LOGOS: [type: string, begins: RegExp][] = [
  ['image/png', /^\x89PNG\r\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/webp', /^RIFF....WEBP/s],
  ['image/gif', /^GIF8[79]a/],
];

/** Saves or, without a file, removes the logo: a small picture, told by how it begins, that can hold no script. */
export async function saveLogo(
  services: Services,
  { file, actor, now }: { file: Blob | null; actor: Actor; now: Date },
): Promise<ChangeOutcome> {
  const bytes = file && file.size > 0 ? Buffer.from(await file.arrayBuffer()) : null;
  if (bytes && bytes.length > MOST_LOGO_BYTES) return refused('logo_large');
  const begins = bytes?.subarray(0, 16).toString('latin1') ?? '';
  const type = bytes && LOGOS.find(([, pattern]) => pattern.test(begins))?.[0];
  if (bytes && !type) return refused('logo_kind');
  const after = { logo: type, bytes: bytes?.length ?? 0 };
  return change(services, { actor, now, target: 'status page', after }, (client) =>
    client.query(
      'UPDATE status_page SET logo = $1, logo_type = $2, version = version + 1, changed_by = $3, changed_at = $4',
      [bytes, type, actor.name, now],
    ),
  );
}

/** Saves a component, or adds one (without `component`). @param parts names that can be tied to it */
export function saveComponent(
  services: Services,
  request: Request,
  parts: readonly string[],
): Promise<ChangeOutcome> {
  const { fields, actor, now } = request;
  const typed = fields.get('component') ?? '';
  const id = typed === '' ? null : parseRowNumber(typed);
  const minutes = numberIn(fields.get('minutes') ?? '', 1440);
  const position = numberIn(fields.get('position') ?? '', 999);
  const component = {
    name: field(request, 'name', LONGEST_NAME),
    about: field(request, 'about', LONGEST.about),
    health: [...new Set(fields.getAll('health'))].filter((part) => parts.includes(part)),
    position: position ?? 999,
    minutes: minutes ?? null,
  };
  if (component.name === '') return refused('name');
  if (component.health.length === 0) return refused('health');
  if (minutes === undefined || position === undefined) return refused('number');
  const values = Object.values(component);
  const target = typed === '' ? 'status page, new component' : `status page, component ${id}`;
  return change(services, { actor, now, target, after: component }, (client) =>
    typed === ''
      ? client.query(
          `INSERT INTO status_components (name, about, health, position, auto_publish_minutes, created_at)
           SELECT $1, $2, $3, $4, $5, $6 WHERE (SELECT count(*) FROM status_components WHERE removed_at IS NULL) < ${MOST_COMPONENTS}`,
          [...values, now],
        )
      : client.query(
          `UPDATE status_components SET name = $1, about = $2, health = $3, position = $4, auto_publish_minutes = $5,
             version = version + 1 WHERE id = $6 AND version = $7 AND removed_at IS NULL`,
          [...values, id, parseVersion(fields.get('version'))],
        ),
  );
}

/** Takes a component off the page; notices that named it stay, without it. */
export function removeComponent(services: Services, { fields, actor, now }: Request): Promise<ChangeOutcome> {
  const id = parseRowNumber(fields.get('component'));
  const target = `status page, component ${id}`;
  return change(services, { actor, now, target, after: { removed: true } }, (client) =>
    client.query(
      'UPDATE status_components SET removed_at = $1, version = version + 1 WHERE id = $2 AND version = $3 AND removed_at IS NULL',
      [now, id, parseVersion(fields.get('version'))],
    ),
  );
}

/**
 * Gives a database the components and the language of another's page in place of its own. Not in one transaction: nobody may use
 * it yet.
 */
export async function copyPage(from: pg.Pool, to: pg.Pool): Promise<void> {
  const { rows } = await from.query<{ row: unknown }>('SELECT to_jsonb(t) AS row FROM status_components t');
  await to.query('DELETE FROM status_components');
  await to.query(
    'INSERT INTO status_components SELECT * FROM jsonb_populate_recordset(NULL::status_components, $1)',
    [storableJson(rows.map(({ row }) => row))],
  );
  const { language } = await readPage(from);
  await to.query('UPDATE status_page SET language = $1', [language]);
}

export const refused = (outcome: FormProblem): Promise<ChangeOutcome> => Promise.resolve({ outcome });

export async function change(
  { db, changes }: Services,
  { actor, now, target, after }: { actor: Actor; now: Date; target: string; after: unknown },
  work: (client: pg.PoolClient) => Promise<{ rowCount: number | null }>,
): Promise<ChangeOutcome> {
  const outcome = await inTransaction(db.pool, async (client): Promise<ChangeOutcome> => {
    const { rowCount } = await work(client);
    if (rowCount !== 1) return { outcome: 'changed_meanwhile' };
    await recordAudit(client, { actor, action: 'status.changed', target, after, at: now });
    return { outcome: 'saved' };
  });
  changes.announce('page');
  return outcome;
}
