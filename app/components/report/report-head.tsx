import { Button } from '@shopify/polaris';
import type { IncidentReport } from '../../features/report/report-view.ts';
import { TextField } from '../forms/form-fields.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { useHydrated } from '../layout/browser.ts';
import { Moment, Time, useNow } from '../time.tsx';
import { ToneIcon } from '../tone.tsx';

interface ReportHeadProps {
  report: IncidentReport;
  version: number;
  mayWrite: boolean;
}

/** Whether the report is due, late or signed; the next step, and the files. */
export function ReportHead({ report, version, mayWrite }: ReportHeadProps) {
  const { incident, dueAt } = report;
  const signed = report.state === 'signed';
  const now = useNow();
  const late = !signed && dueAt !== null && Date.parse(dueAt) <= now;
  const tone = signed ? 'good' : late ? 'critical' : dueAt ? 'warning' : 'info';
  return (
    <section className={`oc-verdict oc-band-${tone}`} aria-label="State of the report">
      <div className="oc-verdict-main">
        <ToneIcon tone={tone} />
        <div>
          <p className="oc-verdict-word">
            <strong>{signed ? 'Signed' : late ? 'Late' : 'Draft'}</strong>
          </p>
          <h1 className="oc-verdict-sentence">Incident report {incident.id}</h1>
          <p>{incident.title}</p>
          <p>
            <Standing report={report} late={late} />
          </p>
        </div>
      </div>
      <div className="oc-next">
        {mayWrite &&
          (signed ? <Reopen incidentId={incident.id} /> : <Sign report={report} version={version} />)}
        <p className="oc-row oc-report-files">
          <PrintButton />
          <a href={`/api/incidents/${incident.id}/report?format=md`} download>
            Markdown
          </a>
          <a href={`/api/incidents/${incident.id}/report?format=html`} download>
            HTML
          </a>
          <a href={`/api/incidents/${incident.id}/report?format=json`} download>
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

/** What the signature still needs, or the button. */
function Sign({ report, version }: { report: IncidentReport; version: number }) {
  const { incident, content } = report;
  const missing = [
    incident.status !== 'resolved' && 'resolve the incident',
    !content.rootCause && 'write the root cause and save it',
  ].filter(Boolean);
  if (missing.length > 0) {
    return (
      <p>
        <strong className="oc-next-label">Next step</strong> Before it can be signed: {missing.join(', and ')}
        .
      </p>
    );
  }
  return (
    <PostForm action={`/api/incidents/${incident.id}/report/sign`} fields={{ version: String(version) }}>
      {(busy) => (
        <>
          <p>
            <strong className="oc-next-label">Next step</strong> Read it through below, and sign it with your
            name.
          </p>
          <SubmitButton look="primary" size="large" disabled={busy}>
            Sign the report
          </SubmitButton>
        </>
      )}
    </PostForm>
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
  return hydrated ? (
    <Button onClick={() => window.print()}>Print or save as PDF</Button>
  ) : (
    <span>To print or save as PDF: your browser&apos;s menu.</span>
  );
}
