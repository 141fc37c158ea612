import { Form, Link, useNavigation } from '@remix-run/react';
import { countText } from '../../lib/words.ts';
import {
  IMPORT_PROBLEMS,
  type ImportProblem,
  type ImportReport,
} from '../../features/tickets/ticket-view.ts';
import { Problem, SelectField, TextArea } from '../forms/form-fields.tsx';
import { BackLink, Page, Section } from '../layout/page.tsx';
import { SubmitButton } from '../forms/post-form.tsx';
import { ToneWord } from '../tone.tsx';

export interface ImportPageProps {
  at: string;
  result:
    { outcome: 'imported'; report: ImportReport } | { outcome: 'refused'; problem: ImportProblem } | null;
}

const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];

/** A spreadsheet that was kept by hand during the outage becomes tickets. */
export function ImportPage({ at, result }: ImportPageProps) {
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
