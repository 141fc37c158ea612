import type pg from 'pg';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import type { Services } from '../../lib/services.server.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { outageMail, unknownField } from './fill-template.ts';
import { clean, type TemplateView } from './ticket-view.ts';

const LONGEST = { name: 80, subject: 200, body: 10_000 };
const MOST = 100;

export type TemplateOutcome =
  | { outcome: 'saved' | 'removed'; id: number }
  | { outcome: 'text_missing' | 'too_long' | 'too_many' | 'changed_meanwhile' }
  | { outcome: 'unknown_field'; field: string };

/**
 * Keeps a text for common answers.
 * @param id null makes a new one
 * @param version as the page showed it
 */
export async function saveTemplate(
  services: Services,
  request: {
    id: number | null;
    version: number;
    name: string;
    subject: string;
    body: string;
    actor: Actor;
    now: Date;
  },
): Promise<TemplateOutcome> {
  const { id, version, actor, now } = request;
  const name = clean(request.name).replaceAll(/\s+/g, ' ').trim();
  const subject = clean(request.subject).replaceAll(/\s+/g, ' ').trim();
  const body = clean(request.body).trim();
  if (name === '' || subject === '' || body === '') return { outcome: 'text_missing' };
  if (name.length > LONGEST.name || subject.length > LONGEST.subject || body.length > LONGEST.body)
    return { outcome: 'too_long' };
  const field = unknownField(`${subject}\n${body}`);
  if (field !== null) return { outcome: 'unknown_field', field };
  return change(services, { id, actor, now }, async (client) => {
    const values = [name, subject, body, actor.name, now];
    if (id !== null)
      return client.query<Changed>(
        `UPDATE reply_templates t SET name = $1, subject = $2, body = $3, changed_by = $4, changed_at = $5, version = version + 1
         FROM (SELECT id, name, subject, body FROM reply_templates WHERE id = $6) o
         WHERE t.id = o.id AND t.version = $7 AND t.removed_at IS NULL
         RETURNING t.id, to_jsonb(o) AS before, jsonb_build_object('name', t.name, 'subject', t.subject, 'body', t.body) AS after`,
        [...values, id, version],
      );
    return client.query<Changed>(
      `INSERT INTO reply_templates (name, subject, body, changed_by, changed_at)
       SELECT $1, $2, $3, $4, $5 WHERE (SELECT count(*) FROM reply_templates WHERE removed_at IS NULL) < $6
       RETURNING id, NULL::jsonb AS before, jsonb_build_object('name', name, 'subject', subject, 'body', body) AS after`,
      [...values, MOST],
    );
  });
}

/** What the text is called that tells of an outage. */
const OUTAGE_TEXT = 'Update on the outage';

/**
 * Keeps what customers are told of an outage as a text for answers: one, which the next update replaces. Fields in it are
 * words of somebody, and stay so. Pass the client of the transaction that publishes it.
 */
export async function keepOutageTemplate(
  client: pg.ClientBase,
  { subject, text, actor, now }: { subject: string; text: string; actor: Actor; now: Date },
): Promise<void> {
  const plain = (words: string) => clean(words).replaceAll('{{', '{ {');
  const { rows } = await client.query<{ id: number; body: string }>(
    `WITH kept AS (
       UPDATE reply_templates SET subject = $2, body = $3, changed_by = $4, changed_at = $5, version = version + 1
       WHERE id = (SELECT min(id) FROM reply_templates WHERE name = $1 AND removed_at IS NULL) RETURNING id, body
     ), made AS (
       INSERT INTO reply_templates (name, subject, body, changed_by, changed_at)
       SELECT $1, $2, $3, $4, $5 WHERE NOT EXISTS (SELECT FROM kept) RETURNING id, body
     ) SELECT id, body FROM kept UNION ALL SELECT id, body FROM made`,
    [OUTAGE_TEXT, plain(subject).slice(0, LONGEST.subject), outageMail(plain(text)), actor.name, now],
  );
  const [{ id, body }] = rows as [{ id: number; body: string }];
  await recordAudit(client, {
    actor,
    action: 'tickets.template',
    target: `template ${id}`,
    after: { name: OUTAGE_TEXT, subject, body },
    at: now,
  });
}

/** Takes a text away; what was sent with it stays. */
export async function removeTemplate(
  services: Services,
  request: { id: number; version: number; actor: Actor; now: Date },
): Promise<TemplateOutcome> {
  return change(services, request, (client) =>
    client.query<Changed>(
      `UPDATE reply_templates SET removed_at = $3, changed_by = $4, changed_at = $3, version = version + 1
       WHERE id = $1 AND version = $2 AND removed_at IS NULL
       RETURNING id, jsonb_build_object('name', name, 'subject', subject, 'body', body) AS before, NULL::jsonb AS after`,
      [request.id, request.version, request.now, request.actor.name],
    ),
  );
}

interface Changed {
  id: number;
  before: object | null;
  after: object | null;
}

async function change(
  { db, changes }: Services,
  { id, actor, now }: { id: number | null; actor: Actor; now: Date },
  work: (client: Parameters<typeof recordAudit>[0]) => Promise<{ rows: Changed[] }>,
): Promise<TemplateOutcome> {
  const outcome = await inTransaction(db.pool, async (client): Promise<TemplateOutcome> => {
    const { rows } = await work(client);
    const changed = rows[0];
    if (!changed) return { outcome: id === null ? 'too_many' : 'changed_meanwhile' };
    await recordAudit(client, {
      actor,
      action: 'tickets.template',
      target: `template ${changed.id}`,
      before: changed.before,
      after: changed.after,
      at: now,
    });
    return { outcome: changed.after ? 'saved' : 'removed', id: changed.id };
  });
  changes.announce('page');
  return outcome;
}

/** Texts for common answers, by name. */
export async function listTemplates({ db }: Services): Promise<TemplateView[]> {
  const rows = await db.prisma.replyTemplate.findMany({
    where: { removedAt: null },
    orderBy: [{ name: 'asc' }, { id: 'asc' }],
  });
  return rows.map(({ id, name, subject, body, version, changedBy, changedAt }) => ({
    id: Number(id),
    name,
    subject,
    body,
    version,
    changedBy,
    changedAt: changedAt.toISOString(),
  }));
}
