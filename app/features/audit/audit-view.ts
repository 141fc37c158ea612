import { cut } from '../../lib/visible.ts';
import { parseRowNumber } from '../../lib/http/row-number.ts';

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

/** Position in a page's URL: `older` or `newer` with the number of a row; anything else is the newest page. */
export function parseAuditPosition(params: URLSearchParams): AuditPosition {
  const [older, newer] = [parseRowNumber(params.get('older')), parseRowNumber(params.get('newer'))];
  if (older !== null) return { olderThan: older };
  return newer === null ? 'newest' : { newerThan: newer };
}

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
