import { Form, Link, useNavigate, useSearchParams } from '@remix-run/react';
import type { IncidentSummary } from '../../features/incidents/incident-view.ts';
import { SEVERITIES, SEVERITY_MEANING } from '../../lib/severity.ts';
import { SelectField, TextArea, TextField } from '../forms/form-fields.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { Page, Section } from '../layout/page.tsx';
import { useMay } from '../layout/person.tsx';
import { IncidentList } from './incident-list.tsx';
import { causeName } from './incident-words.ts';

export interface IncidentsPageProps {
  at: string;
  /** What is not over, always in full. */
  current: IncidentSummary[];
  /** What is over and matches the filter, newest first. */
  past: IncidentSummary[];
  page: number;
  /** There are older ones. */
  more: boolean;
  causes: string[];
}

/** What is going on, and what has been. */
export function IncidentsPage({ at, current, past, page, more, causes }: IncidentsPageProps) {
  const [params] = useSearchParams();
  const mayRespond = useMay('incidents.respond');
  const filtered = ['severity', 'cause'].some((name) => params.get(name));
  return (
    <Page at={at} live>
      <h1 className="oc-title">Incidents</h1>
      <Section id="current" title="Going on">
        {current.length === 0 ? (
          <p className="oc-empty">No incident is open.</p>
        ) : (
          <IncidentList incidents={current} />
        )}
        {mayRespond && <OpenIncidentForm />}
      </Section>
      <Section id="past" title="Over">
        <Filters causes={causes} />
        {past.length === 0 ? (
          <p className="oc-empty">
            {filtered ? 'No incident that is over matches.' : 'No incident is over yet.'}
          </p>
        ) : (
          <IncidentList incidents={past} />
        )}
        {(more || page > 1) && (
          <nav className="oc-pages" aria-label="Pages of incidents">
            {page > 1 && (
              <Link to={pageAt(params, page - 1)} rel="prev" preventScrollReset>
                Newer
              </Link>
            )}
            {more && (
              <Link to={pageAt(params, page + 1)} rel="next" preventScrollReset>
                Older
              </Link>
            )}
          </nav>
        )}
      </Section>
    </Page>
  );
}

function pageAt(params: URLSearchParams, page: number): string {
  const next = new URLSearchParams(params);
  next.set('page', String(page));
  return `/incidents?${next.toString()}`;
}

/** A plain GET form, so that the filter lives in the URL. */
function Filters({ causes }: { causes: string[] }) {
  const [params] = useSearchParams();
  const navigate = useNavigate();
  return (
    <Form
      method="get"
      className="oc-filters"
      role="search"
      aria-label="Filter incidents"
      key={params.toString()}
      onChange={(event) => {
        const filled = [...new FormData(event.currentTarget)].filter(([, value]) => value !== '');
        const query = new URLSearchParams(filled as [string, string][]).toString();
        void navigate(`/incidents${query && `?${query}`}`, { preventScrollReset: true });
      }}
    >
      <SelectField label="Severity" name="severity" defaultValue={params.get('severity') ?? ''}>
        <option value="">Any severity</option>
        <option value="P0">P0 Critical</option>
        <option value="P1">P1 High</option>
        <option value="P2">P2 Medium</option>
      </SelectField>
      <SelectField label="What failed" name="cause" defaultValue={params.get('cause') ?? ''}>
        <option value="">Anything</option>
        {causes.map((cause) => (
          <option key={cause} value={cause}>
            {causeName(cause)}
          </option>
        ))}
      </SelectField>
      <noscript>
        <SubmitButton>Apply</SubmitButton>
      </noscript>
    </Form>
  );
}

/** Opens an incident by hand: for what no rule has noticed. */
function OpenIncidentForm() {
  return (
    <details className="oc-details">
      <summary>Open an incident by hand</summary>
      <PostForm action="/api/incidents" className="oc-form">
        {(busy) => (
          <>
            <TextField
              label="What is wrong, in one line"
              name="title"
              required
              maxLength={200}
              autoComplete="off"
              placeholder="Customers say that the chat window stays empty"
              wide
            />
            <SelectField label="Severity" name="severity" defaultValue="P1">
              {SEVERITIES.map((severity) => (
                <option key={severity} value={severity}>
                  {severity}: {SEVERITY_MEANING[severity]}
                </option>
              ))}
            </SelectField>
            <SelectField label="What it is about" name="cause" defaultValue="">
              <option value="">Something else</option>
              <option value="chatwoot">Chatwoot</option>
              <option value="delivery">Delivery to the Agent service</option>
              <option value="intake">Webhooks from Chatwoot</option>
            </SelectField>
            <TextArea label="What was seen" name="reason" required maxLength={4000} />
            <p className="oc-hint">
              The contacts of the escalation policy are told as for any other incident of this severity.
            </p>
            <SubmitButton look="primary" disabled={busy}>
              Open the incident
            </SubmitButton>
          </>
        )}
      </PostForm>
    </details>
  );
}
