import { Link } from '@remix-run/react';
import type { ReportEditor } from '../../features/report/report-editor.ts';
import { reportDocument } from '../../features/report/report-document.ts';
import type { IncidentReport } from '../../features/report/report-view.ts';
import { useMay } from '../access/person.ts';
import { BackLink } from '../back-link.tsx';
import { Page } from '../page.tsx';
import { Section } from '../section.tsx';
import { ActionsEditor } from './actions-editor.tsx';
import { Asides } from './asides.tsx';
import { DraftForm } from './draft-form.tsx';
import { OldVersion, Versions, type ShownVersion } from './versions.tsx';
import { ReportHead } from './report-head.tsx';

export interface ReportPageProps {
  at: string;
  report: IncidentReport;
  editor: ReportEditor;
  /** An older version that was asked for. */
  shown: ShownVersion | null;
}

/** The incident report: what is still to do with it, what people write, and the whole as it is read and printed. */
export function ReportPage({ at, report, editor, shown }: ReportPageProps) {
  const mayWrite = useMay('report.write');
  const { id } = report.incident;
  const merged = report.incident.status === 'merged';
  const editable = mayWrite && editor.state === 'draft' && !merged;
  return (
    <Page at={at}>
      <div className="oc-noprint oc-report-edit">
        <BackLink to={`/incidents/${id}`}>{`Incident ${id}`}</BackLink>
        <ReportHead report={report} version={editor.version} mayWrite={mayWrite && !merged} />
        {shown && <OldVersion shown={shown} incidentId={id} />}
        <Asides incidentId={id} asides={editor.asides} current={editor.content} mayWrite={mayWrite} />
        {editable && <DraftForm incidentId={id} version={editor.version} content={editor.content} />}
        <ActionsEditor incidentId={id} actions={editor.actions} mayWrite={mayWrite && !merged} />
      </div>
      <Section
        id="document"
        title={report.state === 'signed' ? 'The report as it was signed' : 'The report as it stands'}
      >
        {reportDocument(report)}
      </Section>
      <div className="oc-noprint">
        <Versions incidentId={id} editor={editor} />
        <p className="oc-hint">
          The same as a file:{' '}
          <Link to={`/api/incidents/${id}/report?format=json`} reloadDocument>
            JSON
          </Link>{' '}
          for programs, or <code>npm run ops:report -- --incident {id}</code>.
        </p>
      </div>
    </Page>
  );
}
