import type { AuditItem, AuditPage } from '../../features/audit/audit-page.ts';

/** A row of the log as it comes to the browser. */
export type AuditRow = Omit<AuditItem, 'at' | 'before' | 'after'> & {
  at: string;
  before?: unknown;
  after?: unknown;
};

export type AuditListing = Omit<AuditPage, 'rows'> & { rows: AuditRow[] };
