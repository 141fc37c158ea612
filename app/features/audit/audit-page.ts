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
  const number = (name: string) => {
    const text = params.get(name) ?? '';
    return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
  };
  const [older, newer] = [number('older'), number('newer')];
  if (older !== null) return { olderThan: older };
  return newer === null ? 'newest' : { newerThan: newer };
}
