/** What customers and clients choose themselves: any keys. */
const FREE = /(^|\.)(additional_attributes|custom_attributes|content_attributes|csat_config|ui_settings)$/;

/** Absent, not null, where there is none: a message's sender, who has a conversation, when somebody last wrote. */
const ABSENT_WHERE_NONE = /\.(sender|assignee|assignee_type|sender\.last_activity_at)$/;

/**
 * Where two JSON values differ in keys, types or nesting, as sentences; none when they have the same shape. Null stands for
 * any type, as it does in Chatwoot. Each element of a list must have the shape of one of the recorded elements; a list
 * that one of them has empty is compared no further.
 */
export function shapeDifferences(recorded: unknown, simulated: unknown, at = ''): string[] {
  const [was, is] = [kindOf(recorded), kindOf(simulated)];
  if (was === 'null' || is === 'null') return [];
  if (was !== is) return [`${at || 'body'}: ${was} was recorded, ${is} is simulated`];
  if (FREE.test(at)) return [];
  if (Array.isArray(recorded)) return listDifferences(recorded, simulated as unknown[], at);
  if (was !== 'object') return [];
  const [left, right] = [recorded as Record<string, unknown>, simulated as Record<string, unknown>];
  const needed = (key: string) => !ABSENT_WHERE_NONE.test(`${at}.${key}`);
  const missing = Object.keys(left).filter((key) => !(key in right) && needed(key));
  const extra = Object.keys(right).filter((key) => !(key in left) && needed(key));
  return [
    ...missing.map((key) => `${at}.${key}: missing`),
    ...extra.map((key) => `${at}.${key}: not recorded`),
    ...Object.keys(left)
      .filter((key) => key in right)
      .flatMap((key) => shapeDifferences(left[key], right[key], `${at}.${key}`)),
  ];
}

function listDifferences(recorded: unknown[], simulated: unknown[], at: string): string[] {
  if (recorded.length === 0) return [];
  return simulated.flatMap((element) => {
    const tries = recorded.map((other) => shapeDifferences(other, element, `${at}[]`));
    return tries.reduce((best, other) => (other.length < best.length ? other : best));
  });
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  return Array.isArray(value) ? 'list' : typeof value;
}
