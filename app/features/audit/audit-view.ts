import { storableText } from '../../lib/storable.ts';
import { cut } from '../../lib/visible.ts';

export interface AuditItem {
  id: number;
  at: Date;
  actor: { id: string; name: string; role: string; via: string; from: string | null };
  action: string;
  target: string;
  before: unknown;
  after: unknown;
  reason: string | null;
}

export interface AuditPage {
  /** Newest first. */
  rows: AuditItem[];
  hasNewer: boolean;
  hasOlder: boolean;
}

/** Where a page of the log begins: after or before the row of a number, or at the newest row. */
export type AuditPosition = { olderThan: number } | { newerThan: number } | 'newest';

/** One field of a change, as JSON where it is no plain text; null where the side has no such field. */
export interface ChangedField {
  name: string;
  before: string | null;
  after: string | null;
}

/** Longer values are cut: the export has them whole. */
const MAX_LENGTH = 300;

/** The fields of an audit row's `before` and `after`, side by side. */
export function changedFields(before: unknown, after: unknown): ChangedField[] {
  const [left, right] = [fieldsOf(before), fieldsOf(after)];
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return names.map((name) => ({ name, before: textOf(left, name), after: textOf(right, name) }));
}

function fieldsOf(value: unknown): Record<string, unknown> {
  if (value === null || value === undefined) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
  return { value };
}

function textOf(fields: Record<string, unknown>, name: string): string | null {
  if (!Object.hasOwn(fields, name)) return null;
  const value = fields[name];
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return cut(text, MAX_LENGTH);
}

/** Which rows of the audit log; every field narrows. */
export interface AuditFilter {
  /** Part of the name or of the id of whoever did it, in any case. */
  who?: string;
  action?: string;
  /** Done at this time or later. */
  from?: Date;
  /** Done before this time. */
  before?: Date;
}

export type ParsedAuditFilter = { ok: true; value: AuditFilter } | { ok: false; problem: string };

/** Names of the filter in a URL; `to` is the last day, minute or second that counts. All times are UTC. */
export const AUDIT_PARAMS = ['who', 'action', 'from', 'to'] as const;

const MAX_TEXT = 200;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const MOMENT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?)?$/;

/** Filter of a page's or export's parameters; empty ones do not narrow. */
export function parseAuditFilter(params: URLSearchParams): ParsedAuditFilter {
  const text = (name: string) => storableText(params.get(name)?.trim() ?? '', MAX_TEXT);
  const from = parseMoment(text('from'));
  const to = parseMoment(text('to'));
  if (from === null || to === null)
    return { ok: false, problem: 'Times are written as 2026-11-23 or 2026-11-23T08:30, in UTC.' };
  const [who, action] = [text('who'), text('action')];
  return {
    ok: true,
    value: {
      ...(who ? { who } : {}),
      ...(action ? { action } : {}),
      ...(from ? { from: from.start } : {}),
      ...(to ? { before: new Date(to.start.getTime() + to.lengthMs) } : {}),
    },
  };
}

/** @returns undefined for no text, null for text that is no time */
function parseMoment(text: string | undefined): { start: Date; lengthMs: number } | null | undefined {
  if (!text) return undefined;
  const plain = text.replace(/Z$/, '');
  if (!MOMENT.test(plain)) return null;
  const start = new Date(plain.length === 10 ? `${plain}T00:00Z` : `${plain}Z`);
  if (Number.isNaN(start.getTime())) return null;
  return { start, lengthMs: plain.length === 10 ? DAY_MS : plain.length === 16 ? MINUTE_MS : 1000 };
}

/** The filter as conditions of a query on the table. */
export function auditConditions({ who, action, from, before }: AuditFilter) {
  const part = who && { contains: who.replace(/[\\%_]/g, '\\$&'), mode: 'insensitive' as const };
  return {
    ...(part ? { OR: [{ actorName: part }, { actorId: part }] } : {}),
    ...(action ? { action } : {}),
    ...(from || before ? { at: { ...(from ? { gte: from } : {}), ...(before ? { lt: before } : {}) } } : {}),
  };
}
