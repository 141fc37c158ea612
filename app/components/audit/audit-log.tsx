import { Link, useSearchParams } from '@remix-run/react';
import { Section } from '../section.tsx';
import { AuditFilters, auditUrl } from './audit-filters.tsx';
import type { AuditListing } from './audit-listing.ts';
import { AuditTable } from './audit-table.tsx';

interface AuditLogProps {
  /** null: the filter was not understood. */
  page: AuditListing | null;
  actions: string[];
  problem: string | null;
}

/** Who did what, newest first. */
export function AuditLog({ page, actions, problem }: AuditLogProps) {
  const [params] = useSearchParams();
  return (
    <Section
      id="audit"
      title="Audit log"
      heading="h1"
      hint="Every change that a person, a command or the app itself made. Rows are never changed or deleted; each one's hash covers the row before it."
      side={
        <a className="oc-link" href={auditUrl(params, { older: null, newer: null }, '/audit.csv')} download>
          Export as CSV
        </a>
      }
    >
      <AuditFilters actions={actions} />
      {problem && (
        <p className="oc-problem" role="alert">
          {problem}
        </p>
      )}
      {page && page.rows.length === 0 && (
        <p className="oc-empty">
          {params.size === 0
            ? 'Nothing has been changed yet.'
            : 'No change matches. Widen the filter, or clear it.'}
        </p>
      )}
      {page && page.rows.length > 0 && (
        <>
          <AuditTable rows={page.rows} />
          <nav className="oc-row oc-audit-pages" aria-label="Pages of the audit log">
            {page.hasNewer && (
              <>
                <Link className="oc-link" to={auditUrl(params, { older: null, newer: null })}>
                  Newest
                </Link>
                <Link className="oc-link" to={auditUrl(params, { older: null, newer: page.rows[0]!.id })}>
                  Newer
                </Link>
              </>
            )}
            {page.hasOlder && (
              <Link className="oc-link" to={auditUrl(params, { newer: null, older: page.rows.at(-1)!.id })}>
                Older
              </Link>
            )}
          </nav>
        </>
      )}
    </Section>
  );
}
