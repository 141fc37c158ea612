import type { Pool } from 'pg';
import type { Queryable } from '../../lib/database/queryable.server.ts';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import { factType, insertFacts } from '../facts/record-fact.server.ts';

export type AuditVerdict =
  | { outcome: 'intact'; rows: number; hash: string | null; recordedHeads: number }
  /** `row` is the first bad one. */
  | { outcome: 'broken'; row: number; problem: string }
  /** The rows agree, but the database no longer refuses to change them. */
  | { outcome: 'unprotected'; problem: string };

/**
 * Every row's number, link and hash, recomputed here and not by the function that wrote them, which whoever changes
 * rows could change too. The text is the one of the migration `audit`.
 */
const FIRST_BAD_ROW = `
  WITH chain AS (
    SELECT id, prev_hash, hash,
      lag(id, 1, 0::bigint) OVER w AS id_before,
      lag(hash, 1, decode(repeat('00', 32), 'hex')) OVER w AS hash_before,
      pg_catalog.sha256(prev_hash || pg_catalog.convert_to(pg_catalog.jsonb_build_array(
        id, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        actor_id, actor_name, actor_role, via, from_address,
        action, target, before, after, reason)::text, 'UTF8')) AS recomputed
    FROM audit_log WINDOW w AS (ORDER BY id)
  ), judged AS (
    SELECT id, id_before, CASE
      WHEN id IS DISTINCT FROM id_before + 1 THEN 'gap'
      WHEN prev_hash IS DISTINCT FROM hash_before THEN 'link'
      WHEN hash IS DISTINCT FROM recomputed THEN 'content' END AS fault
    FROM chain
  )
  SELECT id, id_before AS "idBefore", fault FROM judged WHERE fault IS NOT NULL ORDER BY id LIMIT 1`;

const END = `
  SELECT (SELECT count(*) FROM audit_log) AS rows, l.id AS "lastId", encode(l.hash, 'hex') AS "lastHash",
    h.id AS "headId", encode(h.hash, 'hex') AS "headHash"
  FROM (SELECT 1) one
  LEFT JOIN (SELECT id, hash FROM audit_log ORDER BY id DESC LIMIT 1) l ON true
  LEFT JOIN audit_head h ON true`;

/** Heads that were recorded while the log was written, see recordAuditHead. */
const RECORDED_HEADS = `
  SELECT count(*) AS heads, min(id) FILTER (WHERE NOT matches) AS "firstMissing" FROM (
    SELECT (f.value->>'id')::bigint AS id, EXISTS (
      SELECT 1 FROM audit_log a
      WHERE a.id = (f.value->>'id')::bigint AND encode(a.hash, 'hex') = f.value->>'hash') AS matches
    FROM dashboard_facts f WHERE f.fact_type = ${factType('support.audit.head')}) recorded`;

const GUARDS = `
  SELECT wanted.name FROM unnest($1::text[]) AS wanted (name)
  WHERE NOT EXISTS (
    SELECT 1 FROM pg_trigger t
    WHERE t.tgname = wanted.name AND t.tgenabled IN ('O', 'A')
      AND t.tgrelid IN ('audit_log'::regclass, 'audit_head'::regclass)) LIMIT 1`;

const TRIGGERS = ['audit_log_chain', 'audit_log_append_only', 'audit_head_append_only'];

/** Recomputes the whole chain in one snapshot; about a second for 100,000 rows. */
export function verifyAudit(pool: Pool): Promise<AuditVerdict> {
  return inTransaction(pool, async (client) => {
    await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    return verifyAuditOver(client);
  });
}

/** The same within a transaction that is open. */
export async function verifyAuditOver(client: Queryable): Promise<AuditVerdict> {
  return (await findBrokenRow(client)) ?? (await judgeEnd(client));
}

async function findBrokenRow(client: Queryable): Promise<AuditVerdict | null> {
  const { rows } = await client.query<{ id: number; idBefore: number; fault: 'gap' | 'link' | 'content' }>(
    FIRST_BAD_ROW,
  );
  if (!rows[0]) return null;
  const { id, idBefore, fault } = rows[0];
  const problem = {
    gap: `row ${id} follows row ${idBefore}: rows were removed, inserted or renumbered`,
    link: `row ${id} does not continue row ${idBefore}: one of them was changed or replaced`,
    content: `row ${id} was changed after it was written`,
  }[fault];
  return { outcome: 'broken', row: id, problem };
}

async function judgeEnd(client: Queryable): Promise<AuditVerdict> {
  const end = await client.query<{
    rows: number;
    lastId: number | null;
    lastHash: string | null;
    headId: number | null;
    headHash: string | null;
  }>(END);
  const { rows, lastId, lastHash, headId, headHash } = end.rows[0]!;
  const [last, head] = [lastId ?? 0, headId ?? 0];
  if (last !== head) {
    const row = Math.min(last, head) + 1;
    const what = last < head ? 'is missing' : 'was not appended by the database';
    const problem = `row ${row} ${what}: the log ends with row ${last}, its head is row ${head}`;
    return { outcome: 'broken', row, problem };
  }
  if (last > 0 && lastHash !== headHash)
    return { outcome: 'broken', row: last, problem: `row ${last} is not the one that the head names` };
  const heads = await client.query<{ heads: number; firstMissing: number | null }>(RECORDED_HEADS);
  const { heads: recordedHeads, firstMissing } = heads.rows[0]!;
  if (firstMissing !== null)
    return {
      outcome: 'broken',
      row: firstMissing,
      problem: `row ${firstMissing} is not the one whose hash was recorded: it was cut off or written anew`,
    };
  const guards = await client.query<{ name: string }>(GUARDS, [TRIGGERS]);
  if (guards.rows[0])
    return {
      outcome: 'unprotected',
      problem: `all ${rows} rows are as written, but the trigger ${guards.rows[0].name} is off`,
    };
  return { outcome: 'intact', rows, hash: lastHash, recordedHeads };
}

export interface AuditHead {
  /** Number of the newest row. */
  id: number;
  /** Its hash, in hex. */
  hash: string;
}

/**
 * Puts the end of the audit log's chain on record, when it has moved since the last time: a log whose last rows were cut
 * off, or that was written anew from some row on, no longer has a row of that number and hash.
 * @returns the head if it was recorded now
 */
export async function recordAuditHead(pool: Pool, now: Date): Promise<AuditHead | null> {
  const { rows } = await pool.query<AuditHead>(
    `WITH moved AS (
       SELECT h.id, encode(h.hash, 'hex') AS hash FROM audit_head h
       WHERE h.id > 0 AND encode(h.hash, 'hex') IS DISTINCT FROM (
         SELECT value->>'hash' FROM dashboard_facts WHERE fact_type = ${factType('support.audit.head')}
         ORDER BY recorded_at DESC, id DESC LIMIT 1)
     ), told AS (
       ${insertFacts('support.audit.head', { value: "jsonb_build_object('id', id, 'hash', hash)", at: '$1' })} FROM moved
     )
     SELECT id, hash FROM moved`,
    [now],
  );
  return rows[0] ?? null;
}
