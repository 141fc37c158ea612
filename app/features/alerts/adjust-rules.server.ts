import type { AuditAction } from '../audit/audit-words.ts';
import type pg from 'pg';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { storableText } from '../../lib/storable.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { cleaned } from '../incidents/change-incident.server.ts';
import { lockOpening } from '../incidents/incident-row.server.ts';
import {
  type AdjustmentResult,
  type Adjustments,
  type Mute,
  parseMuteMinutes,
  parseThreshold,
  toTyped,
  typedUnitOf,
} from './adjustments.ts';

/** What admins changed of the rules, as of now. */
export async function readAdjustments(client: pg.ClientBase, now: Date): Promise<Adjustments> {
  const thresholds = await client.query<{ rule: string; value: number; changedAt: Date; changedBy: string }>(
    'SELECT rule, value, changed_at AS "changedAt", changed_by AS "changedBy" FROM alert_thresholds',
  );
  return {
    thresholds: new Map(thresholds.rows.map(({ rule, ...rest }) => [rule, rest])),
    mutes: await readMutes(client, now),
  };
}

/** The rules that are muted now. */
export async function readMutes(client: pg.ClientBase | pg.Pool, now: Date): Promise<Map<string, Mute>> {
  const { rows } = await client.query<Mute & { rule: string }>(
    'SELECT rule, until, reason, muted_by AS "mutedBy" FROM alert_mutes WHERE until > $1',
    [now],
  );
  return new Map(rows.map(({ rule, ...mute }) => [rule, mute]));
}

const SET = 'INSERT INTO alert_thresholds (rule, value, changed_at, changed_by) VALUES ($1, $2, $3, $4)';

/** A drill is judged by the real thresholds; nobody is muted in it. */
export async function copyThresholds(from: pg.Pool, to: pg.Pool): Promise<void> {
  const { rows } = await from.query<{ rule: string; value: number; changed_at: Date; changed_by: string }>(
    'SELECT rule, value, changed_at, changed_by FROM alert_thresholds',
  );
  for (const { rule, value, changed_at: at, changed_by: by } of rows)
    await to.query(SET, [rule, value, at, by]);
}

interface Wish {
  fields: URLSearchParams;
  actor: Actor;
  now: Date;
}

interface Change {
  action: AuditAction;
  before: unknown;
  after: unknown;
  reason?: string;
}

/** What is wrong, and with which field. */
interface Wrong {
  field: string | null;
  problem: string;
}

/**
 * Does what a form of the page "Alert rules" asks for: `do` is `threshold`, `reset`, `mute` or `unmute`, `rule` says of
 * which. One transaction with its audit row; the rules are judged anew with the next tick, within a second.
 */
export async function adjustRule(
  services: Services,
  { fields, actor, now }: Wish,
): Promise<AdjustmentResult> {
  const rule = fields.get('rule') ?? '';
  const verb = VERBS.get(fields.get('do') ?? '');
  if (!verb) return { outcome: 'problem', rule, ...NOT_UNDERSTOOD, status: 400 };
  const done = await inTransaction(services.db.pool, async (client): Promise<Change | Wrong> => {
    await lockOpening(client);
    if (!(await isRule(client, rule))) return NOT_UNDERSTOOD;
    const change = await verb(client, rule, { fields, actor, now });
    if ('problem' in change) return change;
    const { action, before, after, reason } = change;
    await recordAudit(client, {
      actor,
      action,
      target: `alert rule ${rule}`,
      before,
      after,
      reason,
      at: now,
    });
    return change;
  });
  if ('problem' in done) return { outcome: 'problem', rule, ...done, status: 400 };
  services.changes.announce('page');
  return { outcome: 'done', rule, done: fields.get('do')! };
}

const NOT_UNDERSTOOD = { field: null, problem: 'The form was not understood: there is no such rule.' };

/** Whether a rule of this name has been judged. */
async function isRule(client: pg.ClientBase, rule: string): Promise<boolean> {
  const { rows } = await client.query('SELECT FROM alerts WHERE rule = $1', [storableText(rule, 200)]);
  return rows.length > 0;
}

type Verb = (client: pg.ClientBase, rule: string, wish: Wish) => Promise<Change | Wrong>;

const VERBS = new Map<string, Verb>(
  Object.entries({
    async threshold(client, rule, { fields, actor, now }) {
      const unit = typedUnitOf(rule);
      if (!unit) return { field: null, problem: 'The threshold of this rule is fixed.' };
      const value = parseThreshold(fields.get('threshold') ?? '', unit);
      if (typeof value === 'string') return { field: 'threshold', problem: value };
      const before = await forgetThreshold(client, rule);
      await client.query(SET, [rule, value, now, storableText(actor.name)]);
      return {
        action: 'alerts.threshold',
        before: before && { value: toTyped(before, unit) },
        after: { value: toTyped(value, unit) },
      };
    },
    async reset(client, rule) {
      const unit = typedUnitOf(rule);
      const before = await forgetThreshold(client, rule);
      return {
        action: 'alerts.reset',
        before: before && unit && { value: toTyped(before, unit) },
        after: { value: 'as in the settings' },
      };
    },
    async mute(client, rule, { fields, actor, now }) {
      const minutes = parseMuteMinutes(fields.get('minutes') ?? '');
      if (minutes === null) return { field: 'minutes', problem: 'Choose for how long.' };
      const reason = storableText(cleaned(fields.get('reason'), 200));
      if (reason === '')
        return { field: 'reason', problem: 'Say why, for those who wonder why nobody was called.' };
      const until = new Date(now.getTime() + minutes * 60_000);
      await client.query(
        `INSERT INTO alert_mutes (rule, until, reason, muted_at, muted_by) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (rule) DO UPDATE SET until = excluded.until, reason = excluded.reason, muted_at = excluded.muted_at,
         muted_by = excluded.muted_by`,
        [rule, until, reason, now, storableText(actor.name)],
      );
      return { action: 'alerts.mute', before: null, after: { until }, reason };
    },
    async unmute(client, rule, { now }) {
      const { rows } = await client.query<{ until: Date }>(
        'UPDATE alert_mutes SET until = $2 WHERE rule = $1 AND until > $2 RETURNING until',
        [rule, now],
      );
      return { action: 'alerts.unmute', before: null, after: { wasMuted: rows.length > 0 } };
    },
  } satisfies Record<string, Verb>),
);

async function forgetThreshold(client: pg.ClientBase, rule: string): Promise<number | null> {
  const { rows } = await client.query<{ value: number }>(
    'DELETE FROM alert_thresholds WHERE rule = $1 RETURNING value',
    [rule],
  );
  return rows[0]?.value ?? null;
}
