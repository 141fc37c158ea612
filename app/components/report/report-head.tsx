import { Button } from '@shopify/polaris';
import type { IncidentReport } from '../../features/report/report-view.ts';
import { TextField } from '../forms/form-fields.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { useHydrated } from '../layout/browser.ts';
import { Moment, Time, useNow } from '../time.tsx';
import { ToneIcon } from '../tone.tsx';

interface ReportHeadProps {
  report: IncidentReport;
  mayWrite: boolean;
}

/** Whether the report is due, late or signed; the next step, and the files. */
export function ReportHead({ report, mayWrite }: ReportHeadProps) {
  const { incident, dueAt, state } = report;
  const signed = state === 'signed';
  const now = useNow();
  const late = !signed && dueAt !== null && Date.parse(dueAt) <= now;
  const tone = signed ? 'good' : late ? 'critical' : dueAt ? 'warning' : 'info';
  return (
    <section className={`oc-warning oc-band-${tone}`} aria-label="State of the report">
      <ToneIcon tone={tone} />
      <div>
        <p>
          <strong>{signed ? 'Signed.' : late ? 'Late.' : 'Draft.'}</strong>{' '}
          <Standing report={report} late={late} />
        </p>
        {mayWrite && !signed && <NextStep report={report} />}
        <p className="oc-row oc-report-files">
          <PrintButton />
          <a href={`/api/incidents/${incident.id}/report?format=md`} className="oc-link" download>
            Markdown
          </a>
          <a href={`/api/incidents/${incident.id}/report?format=html`} className="oc-link" download>
            HTML
          </a>
          <a href={`/api/incidents/${incident.id}/report?format=json`} className="oc-link" download>
            JSON
          </a>
        </p>
      </div>
    </section>
  );
}

function Standing({ report, late }: { report: IncidentReport; late: boolean }) {
  const { dueAt, signedAt, signedBy } = report;
  if (signedAt) {
    return (
      <>
        Signed by <b>{signedBy}</b> <Time at={signedAt} />. It stays as it was then.
      </>
    );
  }
  if (!dueAt) return <>It is due within 24 hours of the recovery. What is on record is filled in already.</>;
  return (
    <>
      {late ? 'It was due at' : 'It is due at'} <Moment at={dueAt} />, 24 hours after the recovery.
    </>
  );
}

/** What the signature still needs. */
const missingFor = ({ incident, content }: IncidentReport) => [
  ...(incident.status === 'resolved' ? [] : ['resolve the incident']),
  ...(content.rootCause ? [] : ['write the root cause']),
];

function NextStep({ report }: { report: IncidentReport }) {
  const missing = missingFor(report);
  return (
    <p>
      <strong className="oc-next-label">Next step</strong>{' '}
      {missing.length > 0 ? (
        `Before it can be signed: ${missing.join(', and ')}.`
      ) : (
        <>
          Read it through, and <a href="#signature">sign it</a>.
        </>
      )}
    </p>
  );
}

interface SignatureProps {
  report: IncidentReport;
  version: number;
}

/** The last part of the document: a person's name under it, or what it takes. */
export function Signature({ report, version }: SignatureProps) {
  const { incident, state } = report;
  const missing = missingFor(report);
  return (
    <section id="signature" className="oc-report-part oc-noprint">
      <h2>Signature</h2>
      {state === 'signed' ? (
        <Reopen incidentId={incident.id} />
      ) : missing.length > 0 ? (
        <p className="oc-report-gap">Before it can be signed: {missing.join(', and ')}.</p>
      ) : (
        <PostForm
          action={`/api/incidents/${incident.id}/report/sign`}
          fields={{ version: String(version) }}
          className="oc-row"
        >
          {(busy) => (
            <>
              <SubmitButton look="primary" disabled={busy}>
                Sign the report
              </SubmitButton>
              <span className="oc-hint">With your name. It stays as it is then.</span>
            </>
          )}
        </PostForm>
      )}
    </section>
  );
}

function Reopen({ incidentId }: { incidentId: number }) {
  return (
    <details>
      <summary>Make it a draft again</summary>
      <PostForm action={`/api/incidents/${incidentId}/report/reopen`} className="oc-form">
        {(busy) => (
          <>
            <TextField label="Reason" name="reason" required maxLength={500} autoComplete="off" />
            <SubmitButton disabled={busy}>Make it a draft</SubmitButton>
          </>
        )}
      </PostForm>
    </details>
  );
}

/** The browser prints the report alone, or saves it as PDF; without JavaScript its own menu does the same. */
function PrintButton() {
  const hydrated = useHydrated();
  return (
    <>
      <span className="oc-js">
        <Button onClick={() => window.print()} disabled={!hydrated}>
          Print or save as PDF
        </Button>
      </span>
      {/* No sign here that HTML would escape: a browser with scripts compares it as it is written. */}
      <noscript>To print or save as PDF, use the menu of your browser.</noscript>
    </>
  );
}
