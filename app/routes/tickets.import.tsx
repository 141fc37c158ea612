import { type ActionFunctionArgs, json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { Form, Link, useActionData, useLoaderData, useNavigation, useRouteError } from '@remix-run/react';
import { Problem, SelectField, TextArea } from '../components/forms/form-fields.tsx';
import { SubmitButton } from '../components/forms/post-form.tsx';
import { BackLink, Page, Section } from '../components/layout/page.tsx';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { refusedPage, TroublePage } from '../components/layout/trouble-page.tsx';
import { ToneWord } from '../components/tone.tsx';
import { authorize, authorizeUpload } from '../features/access/authorize.server.ts';
import {
  type ImportOutcome,
  importTickets,
  MOST_BYTES,
} from '../features/tickets/import/import-tickets.server.ts';
import { IMPORT_PROBLEMS, type ImportReport } from '../features/tickets/ticket-view.ts';
import { countText } from '../lib/words.ts';

export const meta: MetaFunction = (args) => pageMeta(args, 'Bring in a spreadsheet');

const NO_STORE = { 'Cache-Control': 'no-store' };

export async function loader({ request, context }: LoaderFunctionArgs) {
  await authorize({ request, context }, 'tickets.write');
  return json({ at: context.services.db.clock.now().toISOString() }, { headers: NO_STORE });
}

/** A file (`file`) or pasted rows (`rows`), the zone of times that name none (`zone`), and `order` of dates with slashes. */
export async function action({ request, context }: ActionFunctionArgs) {
  const { actor, form } = await authorizeUpload({ request, context }, 'tickets.write', MOST_BYTES);
  const { services } = context;
  const bytes = await bytesOf(form);
  const outcome: ImportOutcome =
    bytes === null
      ? { outcome: 'refused', problem: 'no_file' }
      : await importTickets(services, {
          bytes,
          zone: textOf(form.get('zone')) || 'UTC',
          order: form.get('order') === 'day_first' ? 'day_first' : 'month_first',
          actor,
          now: services.db.clock.now(),
        });
  const status = outcome.outcome === 'imported' ? 200 : 400;
  return json(outcome, { status, headers: NO_STORE });
}

async function bytesOf(form: FormData): Promise<Buffer | null> {
  const file = form.get('file');
  if (file instanceof Blob && file.size > 0) return Buffer.from(await file.arrayBuffer());
  const rows = textOf(form.get('rows'));
  return rows.trim() === '' ? null : Buffer.from(rows);
}

const textOf = (value: FormDataEntryValue | null) => (typeof value === 'string' ? value : '');

export function ErrorBoundary() {
  return (
    refusedPage(useRouteError()) ?? (
      <TroublePage
        title="The spreadsheet could not be brought in"
        sentence="It may be over 1 MB, or the database does not answer. Bringing it in again doubles nothing."
        retry
      />
    )
  );
}

const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];

/** A spreadsheet that was kept by hand during the outage becomes tickets. */
export default function Import() {
  const { at } = useLoaderData<typeof loader>();
  const result = useActionData<typeof action>() ?? null;
  const busy = useNavigation().formAction === '/tickets/import';
  return (
    <Page at={at}>
      <BackLink to="/tickets">All tickets</BackLink>
      <h1 className="oc-title">Bring in a spreadsheet</h1>
      <Problem>{result?.outcome === 'refused' ? IMPORT_PROBLEMS[result.problem] : null}</Problem>
      <div role="status">{result?.outcome === 'imported' && <Report report={result.report} />}</div>
      <Section
        id="file"
        title="File"
        hint="CSV as Excel, Numbers or Google Sheets save it, up to 1 MB and 5,000 rows. The first line names the columns: Ticket ID, Customer, Issue, Status, Response time; E-mail and Received if there are any. Bringing the same file in twice doubles nothing."
      >
        <Form method="post" encType="multipart/form-data" className="oc-form">
          <div className="oc-field oc-field-wide">
            <label htmlFor="ticket-file">Spreadsheet</label>
            <input id="ticket-file" type="file" name="file" accept=".csv,.tsv,.txt,text/csv,text/plain" />
          </div>
          <TextArea
            label="Or paste rows, with the line that names the columns"
            name="rows"
            rows={4}
            spellCheck={false}
          />
          <SelectField label="Time zone of times that name none" name="zone" defaultValue="UTC">
            {ZONES.map((zone) => (
              <option key={zone}>{zone}</option>
            ))}
          </SelectField>
          <SelectField label="Dates such as 4/5/2026 are" name="order" defaultValue="month_first">
            <option value="month_first">April 5: month first</option>
            <option value="day_first">May 4: day first</option>
          </SelectField>
          <SubmitButton look="primary" disabled={busy}>
            Bring it in
          </SubmitButton>
        </Form>
      </Section>
    </Page>
  );
}

function Report({ report: { added, known, bad, encoding } }: { report: ImportReport }) {
  return (
    <Section id="report" title="What was brought in">
      <ul className="oc-plain-list">
        <li>
          <ToneWord tone={added > 0 ? 'good' : 'info'}>{`${countText(added, 'ticket')} added`}</ToneWord>{' '}
          <Link to="/tickets">See them</Link>
        </li>
        {known.length > 0 && <li>{countText(known.length, 'row')} were here already</li>}
        {bad.length > 0 && (
          <li>
            <ToneWord tone="warning">{`${countText(bad.length, 'row')} left out: correct them in the file and bring it in again`}</ToneWord>
          </li>
        )}
      </ul>
      <p className="oc-hint">Read as {encoding}. If letters look wrong, save the file as UTF-8.</p>
      {bad.length > 0 && (
        <Rows title="Left out" rows={bad.map(({ line, problem }) => ({ line, words: problem }))} />
      )}
      {known.length > 0 && (
        <Rows
          title="Here already"
          rows={known.map(({ line, ticket, note }) => ({
            line,
            words: note ? `${ticket}: ${note}` : ticket,
          }))}
        />
      )}
    </Section>
  );
}

const SHOWN = 200;

function Rows({ title, rows }: { title: string; rows: { line: number; words: string }[] }) {
  return (
    <>
      <h3 className="oc-import-title">{title}</h3>
      <ul className="oc-plain-list">
        {rows.slice(0, SHOWN).map(({ line, words }, index) => (
          <li key={index}>
            Line {line}: {words}
          </li>
        ))}
        {rows.length > SHOWN && <li>and {rows.length - SHOWN} more</li>}
      </ul>
    </>
  );
}
