import { Link } from '@remix-run/react';
import { draftSummary } from '../../features/report/compose-report.ts';
import {
  differing,
  type EditablePart,
  parsePart,
  type ReportContent,
  SECTION_KEYS,
  SECTION_TITLES,
} from '../../features/report/report-content.ts';
import { type EditedPart, reportDocument } from '../../features/report/report-document.ts';
import type { IncidentReport, ReportEditor } from '../../features/report/report-view.ts';
import { CopyText } from '../forms/form-fields.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { BackLink, Page, Section } from '../layout/page.tsx';
import { useMay } from '../layout/person.tsx';
import { Time } from '../time.tsx';
import { ActionsEditor } from './actions-editor.tsx';
import { DraftForm, EditLink } from './draft-form.tsx';
import { ReportHead, Signature } from './report-head.tsx';

export interface ReportPageProps {
  at: string;
  report: IncidentReport;
  editor: ReportEditor;
  /** An older version that was asked for. */
  shown: ShownVersion | null;
  /** The part whose form is open. */
  edited: EditablePart | null;
}

/** The incident report as it is read and printed; what people write of it is edited where it stands. */
export function ReportPage({ at, report, editor, shown, edited }: ReportPageProps) {
  const { id, status } = report.incident;
  const mayWrite = useMay('report.write') && status !== 'merged';
  const editable = mayWrite && editor.state === 'draft';
  return (
    <Page at={at}>
      <div className="oc-noprint oc-column">
        <BackLink to={`/incidents/${id}`}>{`Incident ${id}`}</BackLink>
        <ReportHead report={report} mayWrite={mayWrite} />
        {shown && <OldVersion shown={shown} incidentId={id} />}
        <Asides incidentId={id} asides={editor.asides} current={editor.content} mayWrite={mayWrite} />
      </div>
      <div id="document" className="oc-card">
        {reportDocument(report, {
          edited: edited !== null,
          part: (part) => partOf(part, { report, editor, edited, editable, mayWrite }),
          end: mayWrite && <Signature key="signature" report={report} version={editor.version} />,
        })}
      </div>
      <div className="oc-noprint oc-report-foot">
        <Versions incidentId={id} editor={editor} />
        <p className="oc-hint">
          The same at a terminal: <code>npm run ops:report -- --incident {id}</code>.
        </p>
      </div>
    </Page>
  );
}

type PartContext = Pick<ReportPageProps, 'report' | 'editor' | 'edited'> & {
  /** Texts may be written. */
  editable: boolean;
  /** Actions may be decided, also when it is signed. */
  mayWrite: boolean;
};

/** How a section is edited, by whoever may. */
function partOf(id: string, { report, editor, edited, editable, mayWrite }: PartContext): EditedPart {
  const part = parsePart(id);
  if (!part || !(part === 'actions' ? mayWrite : editable)) return {};
  const incidentId = report.incident.id;
  if (part === 'actions') {
    const title = 'Preventive actions';
    if (edited === part) return { form: <ActionsEditor incidentId={incidentId} actions={editor.actions} /> };
    const label = editor.actions.length > 0 ? 'Add or change' : 'Add one';
    return { side: <EditLink incidentId={incidentId} part={part} label={label} title={title} /> };
  }
  const text = editor.content[part];
  if (edited === part)
    return {
      form: (
        <DraftForm
          key={part}
          incidentId={incidentId}
          section={part}
          version={editor.version}
          text={text}
          drafted={part === 'summary' ? draftSummary(report) : undefined}
        />
      ),
    };
  const label = text || part === 'summary' ? 'Edit' : 'Write it';
  const title = SECTION_TITLES[part];
  return { side: <EditLink incidentId={incidentId} part={part} label={label} title={title} /> };
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
      hint="Bring what is missing into the section below, and put this away."
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
    <details className="oc-details" id="versions">
      <summary>Versions: {editor.versions.length}</summary>
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
    </details>
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
