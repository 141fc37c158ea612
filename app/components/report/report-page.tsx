import { Link } from '@remix-run/react';
import {
  differing,
  type ReportContent,
  SECTION_KEYS,
  SECTION_TITLES,
} from '../../features/report/report-content.ts';
import { reportDocument } from '../../features/report/report-document.ts';
import type { IncidentReport, ReportEditor } from '../../features/report/report-view.ts';
import { CopyText } from '../forms/copy-text.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { BackLink, Page } from '../layout/page.tsx';
import { useMay } from '../layout/person.tsx';
import { Section } from '../layout/section.tsx';
import { Time } from '../time.tsx';
import { ActionsEditor } from './actions-editor.tsx';
import { DraftForm } from './draft-form.tsx';
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

interface AsidesProps {
  incidentId: number;
  asides: ReportEditor['asides'];
  /** What was saved. */
  current: ReportContent;
  mayWrite: boolean;
}

/** Texts of those who came second: nothing that was typed is lost. */
function Asides({ incidentId, asides, current, mayWrite }: AsidesProps) {
  if (asides.length === 0) return null;
  return (
    <Section
      id="asides"
      title="Kept beside, because somebody else saved first"
      hint="Copy over what is missing into the fields below, save, and put it away."
    >
      {asides.map(({ id, at, by, content }) => (
        <article key={id} className="oc-report-aside" aria-label={`Text of ${by}`}>
          <p>
            <b>{by}</b> wrote this <Time at={at} />:
          </p>
          {differing(current, content).map((key) => (
            <div key={key}>
              <h3>{SECTION_TITLES[key]}</h3>
              <p className="oc-report-text">{content[key] || 'Nothing.'}</p>
              {content[key] && <CopyText text={content[key]} label="Copy" />}
            </div>
          ))}
          {mayWrite && (
            <PostForm action={`/api/incidents/${incidentId}/report/settle`} fields={{ aside: String(id) }}>
              {(busy) => <SubmitButton disabled={busy}>Put it away</SubmitButton>}
            </PostForm>
          )}
        </article>
      ))}
    </Section>
  );
}

interface ShownVersion {
  version: number;
  at: string;
  by: string;
  content: ReportContent;
}

/** Every save, the newest first. */
function Versions({ incidentId, editor }: { incidentId: number; editor: ReportEditor }) {
  if (editor.versions.length === 0) return null;
  return (
    <Section id="versions" title="Versions">
      <ul className="oc-lines">
        {editor.versions.map(({ version, at, by }) => (
          <li key={version}>
            <Link to={`/incidents/${incidentId}/report?version=${version}`}>Version {version}</Link>
            <span>
              {by}, <Time at={at} />
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** An older version, to read and to copy from. */
function OldVersion({ shown, incidentId }: { shown: ShownVersion; incidentId: number }) {
  return (
    <Section
      id="version"
      title={`Version ${shown.version}`}
      side={<Link to={`/incidents/${incidentId}/report`}>Close</Link>}
      hint={
        <>
          As {shown.by} saved it <Time at={shown.at} />.
        </>
      }
    >
      {SECTION_KEYS.filter((key) => shown.content[key]).map((key) => (
        <div key={key}>
          <h3>{SECTION_TITLES[key]}</h3>
          <p className="oc-report-text">{shown.content[key]}</p>
        </div>
      ))}
    </Section>
  );
}
