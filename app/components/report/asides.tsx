import type { ReportEditor } from '../../features/report/report-editor.ts';
import { differing, SECTION_TITLES, type ReportContent } from '../../features/report/report-content.ts';
import { CopyText } from '../copy-text.tsx';
import { PostForm } from '../post-form.tsx';
import { Section } from '../section.tsx';
import { SubmitButton } from '../submit-button.tsx';
import { Time } from '../time.tsx';

interface AsidesProps {
  incidentId: number;
  asides: ReportEditor['asides'];
  /** What was saved. */
  current: ReportContent;
  mayWrite: boolean;
}

/** Texts of those who came second: nothing that was typed is lost. */
export function Asides({ incidentId, asides, current, mayWrite }: AsidesProps) {
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
