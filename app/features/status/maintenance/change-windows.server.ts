import type pg from 'pg';
import { parseRowNumber } from '../../../lib/http/form-fields.ts';
import type { Services } from '../../../lib/services.server.ts';
import { storableJson } from '../../../lib/storable.ts';
import { knownZone } from '../../../lib/zone.ts';
import { isOn } from '../build-document.server.ts';
import { change, type ChangeOutcome, field, refused, type Request } from '../change-page.server.ts';
import { insertUpdate, LONGEST, tidy } from '../publish-update.server.ts';
import { readPage } from '../read-settings.server.ts';
import { planMailing } from '../subscribers/mailing.server.ts';
import { nextOf, parseRule, runsTogether, type Series } from './occurrences.ts';
import { planSeries } from './series.server.ts';

const LOCAL = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/;
const LONGEST_MINUTES = 14 * 1440;
const YEAR_MS = 366 * 86_400_000;

/** What is said of a window that comes once: its one time. */
const ONCE = 'FREQ=DAILY;COUNT=1';

/**
 * Announces planned maintenance, once or again and again.
 * @param request.fields `title`, `text`, `affects`, `from` and `to` as a browser writes them, by the clock of `zone` (UTC when left
 *   out); `rule` is an RRULE, or `repeat` one that was chosen
 */
export function announceWindow(services: Services, request: Request): Promise<ChangeOutcome> {
  const { fields, actor, now } = request;
  const [from = '', to = ''] = ['from', 'to'].map((name) => (fields.get(name) ?? '').slice(0, 16));
  const title = field(request, 'title', LONGEST.title);
  const text = tidy(fields.get('text') ?? '', LONGEST.text);
  const ids = fields.getAll('affects').filter((id) => /^[1-9]\d{0,14}$/.test(id));
  const typed = (fields.get('rule') ?? '').trim() || (fields.get('repeat') ?? '').trim();
  const zone = knownZone((fields.get('zone') ?? '').trim() || 'UTC');
  const rule = typed === '' ? ONCE : parseRule(typed);
  const minutes = (Date.parse(`${to}:00Z`) - Date.parse(`${from}:00Z`)) / 60_000;
  if (title === '' || text === '') return refused('text');
  if (rule === null) return refused('rule');
  if (zone === null) return refused('zone');
  const series = { starts: from, zone, rule, minutes };
  // All times since the beginning are gone through.
  const isLongAgo = now.getTime() - Date.parse(`${from}:00Z`) > YEAR_MS;
  if (isLongAgo || !isUsable(from, to, minutes)) return refused('window');
  const first = firstOf(series, typed === '' ? new Date(0) : now);
  if (!first || first.to <= now || first.from.getTime() - now.getTime() > YEAR_MS)
    return refused(typed === '' ? 'window' : 'rule');
  if (first.together) return refused('together');
  if (ids.length === 0) return refused('affects');
  const components = Object.fromEntries(ids.map((id) => [id, 'under_maintenance']));
  const after = { title, ...series, components };
  return change(services, { actor, now, target: 'status page, maintenance', after }, async (client) => {
    if (typed === '') {
      const added = await client.query<{ id: number }>(
        `INSERT INTO status_notices (kind, title, components, began_at, ends_at, created_at)
         VALUES ('maintenance', $1, $2, $3, $4, $5) RETURNING id`,
        [title, storableJson(components), first.from, first.to, now],
      );
      const noticeId = added.rows[0]!.id;
      await sayOfWindow(client, services, { noticeId, state: 'scheduled', text, author: actor.name, now });
      return added;
    }
    const added = await client.query<{ id: number }>(
      `INSERT INTO status_series (title, text, components, starts, zone, rule, minutes, author, created_at, planned_to)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) RETURNING id`,
      [title, text, storableJson(components), from, zone, rule, minutes, actor.name, now],
    );
    const [next] = await planSeries(client, added.rows[0]!.id, now);
    if (next) await mail(client, services, { ...next, now });
    return added;
  });
}

const isUsable = (from: string, to: string, minutes: number): boolean =>
  LOCAL.test(from) && LOCAL.test(to) && minutes > 0 && minutes <= LONGEST_MINUTES;

/** The first time after a moment, and whether it or a later one goes on until the next; null: there is none, or the rule is none. */
function firstOf(series: Series, after: Date): { from: Date; to: Date; together: boolean } | null {
  const since = series.rule === ONCE ? new Date(Date.parse(`${series.starts}:00Z`) - 2 * 86_400_000) : after;
  try {
    const first = nextOf(series, since);
    return first && { ...first, together: runsTogether(series, new Date(first.from.getTime() - 1)) };
  } catch {
    return null;
  }
}

/** Calls a window off that has not begun, or ends it now; either is an update of its own, so that feeds tell it. */
export function endWindow(services: Services, { fields, actor, now }: Request): Promise<ChangeOutcome> {
  const id = parseRowNumber(fields.get('notice')) ?? 0;
  const target = `status page, notice ${id}`;
  return change(services, { actor, now, target, after: { ended: true } }, (client) =>
    end(client, services, { where: 'id = $2 AND ends_at > $1', id, author: actor.name, now }),
  );
}

/** Nothing of it comes again: what is announced and has not begun is called off. */
export function endSeries(services: Services, { fields, actor, now }: Request): Promise<ChangeOutcome> {
  const id = parseRowNumber(fields.get('series')) ?? 0;
  const target = `status page, series ${id}`;
  return change(services, { actor, now, target, after: { ended: true } }, async (client) => {
    const ended = await client.query(
      'UPDATE status_series SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL',
      [id, now],
    );
    await end(client, services, { where: 'series_id = $2 AND began_at > $1', id, author: actor.name, now });
    return ended;
  });
}

/** Subscribers are told of the first of them, which is the next. */
async function end(
  client: pg.PoolClient,
  services: Services,
  {
    where,
    id,
    author,
    now,
  }: {
    where: 'id = $2 AND ends_at > $1' | 'series_id = $2 AND began_at > $1';
    id: number;
    author: string;
    now: Date;
  },
): Promise<{ rowCount: number | null }> {
  const ended = await client.query<{ id: number; beganAt: Date }>(
    `UPDATE status_notices SET resolved_at = $1 WHERE kind = 'maintenance' AND resolved_at IS NULL AND ${where}
     RETURNING id, began_at AS "beganAt"`,
    [now, id],
  );
  const inOrder = ended.rows.sort((a, b) => a.beganAt.getTime() - b.beganAt.getTime());
  for (const [index, { id: noticeId, beganAt }] of inOrder.entries()) {
    const update = { noticeId, text: '', author, now, state: beganAt > now ? 'cancelled' : 'resolved' };
    if (index === 0) await sayOfWindow(client, services, update);
    else await insertUpdate(client, update);
  }
  return ended;
}

/** An update of a window, on the page and for its subscribers. */
async function sayOfWindow(
  client: pg.PoolClient,
  services: Services,
  update: Parameters<typeof insertUpdate>[1],
): Promise<void> {
  const updateId = await insertUpdate(client, update);
  await mail(client, services, { ...update, updateId });
}

async function mail(
  client: pg.PoolClient,
  { config }: Services,
  update: Parameters<typeof planMailing>[2],
): Promise<void> {
  if (isOn(config.STATUS_PAGE, (await readPage(client)).enabled)) await planMailing(client, config, update);
}
