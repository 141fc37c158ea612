import { Link } from '@remix-run/react';
import type { ReportEditor } from '../../features/report/report-editor.ts';
import { SECTION_KEYS, SECTION_TITLES, type ReportContent } from '../../features/report/report-content.ts';
import { Section } from '../section.tsx';
import { Time } from '../time.tsx';

export interface ShownVersion {
  version: number;
  at: string;
  by: string;
  content: ReportContent;
}

/** Every save, the newest first. */
export function Versions({ incidentId, editor }: { incidentId: number; editor: ReportEditor }) {
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
export function OldVersion({ shown, incidentId }: { shown: ShownVersion; incidentId: number }) {
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
