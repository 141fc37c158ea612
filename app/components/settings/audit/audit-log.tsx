import { Form, Link, useSearchParams } from '@remix-run/react';
import { SearchIcon } from '@shopify/polaris-icons';
import { AUDIT_PARAMS } from '../../../features/audit/audit-view.ts';
import { SelectField, TextField } from '../../forms/form-fields.tsx';
import { SubmitButton } from '../../forms/post-form.tsx';
import { Section } from '../../layout/page.tsx';
import { type AuditListing, AuditTable } from './audit-table.tsx';
import { actionWords } from '../../../features/audit/audit-words.ts';

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

/** Address of the log, or of its export, with some parameters changed; null takes one out. */
function auditUrl(
  params: URLSearchParams,
  changes: Record<string, string | number | null>,
  path = '/audit',
): string {
  const next = new URLSearchParams(params);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) next.delete(name);
    else next.set(name, String(value));
  }
  const query = next.toString();
  return query ? `${path}?${query}` : path;
}

/** Which changes the table shows; a plain GET form, so it lives in the URL. */
function AuditFilters({ actions }: { actions: string[] }) {
  const [params] = useSearchParams();
  const chosen = params.get('action') ?? '';
  const offered = [...new Set([...actions, ...(chosen ? [chosen] : [])])].sort((a, b) =>
    actionWords(a).localeCompare(actionWords(b), 'en'),
  );
  const value = (name: string) => params.get(name) ?? '';
  return (
    <Form
      method="get"
      action="/audit"
      className="oc-filters"
      role="search"
      aria-label="Filter the audit log"
      key={params.toString()}
    >
      <TextField label="Who" name="who" type="search" defaultValue={value('who')} maxLength={200} wide />
      <SelectField label="Action" name="action" defaultValue={chosen}>
        <option value="">Any action</option>
        {offered.map((action) => (
          <option key={action} value={action}>
            {actionWords(action)}
          </option>
        ))}
      </SelectField>
      <TextField
        label="From (UTC)"
        name="from"
        type="datetime-local"
        defaultValue={atMinute(value('from'))}
      />
      <TextField
        label="To (UTC)"
        name="to"
        type="datetime-local"
        defaultValue={atMinute(value('to'), '23:59')}
      />
      <div className="oc-row">
        <SubmitButton icon={SearchIcon}>Search</SubmitButton>
        {AUDIT_PARAMS.some((name) => params.get(name)) && (
          <Link to="/audit" className="oc-link">
            Clear filter
          </Link>
        )}
      </div>
    </Form>
  );
}

/** A day in the URL as the field takes it: with a time. */
const atMinute = (text: string, time = '00:00') => (text.length === 10 ? `${text}T${time}` : text);
