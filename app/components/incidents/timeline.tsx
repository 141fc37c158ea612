import type { TimelineLine } from '../../features/incidents/incident-view.ts';
import { formatUtc, formatUtcSeconds } from '../format.ts';
import { Section } from '../section.tsx';
import { foldTimeline } from './fold-timeline.ts';
import { SOURCE_WORD } from './incident-words.ts';

/** Everything that happened, in order; what people wrote stands out between what happened by itself. */
export function Timeline({ lines }: { lines: TimelineLine[] }) {
  return (
    <Section id="timeline" title="Timeline" hint="Times are UTC.">
      {lines.length === 0 ? (
        <p className="oc-empty">Nothing is on record yet.</p>
      ) : (
        <ol className="oc-timeline">
          {foldTimeline(lines).map((part) =>
            part.kind === 'line' ? (
              <Line key={part.line.id} line={part.line} />
            ) : (
              <li key={part.lines[0]!.id} className="oc-timeline-fold">
                <details>
                  <summary>
                    <Moment at={part.lines[0]!.at} /> to <Moment at={part.lines.at(-1)!.lastAt} />:{' '}
                    {part.summary}
                  </summary>
                  <ol className="oc-timeline">
                    {part.lines.map((line) => (
                      <Line key={line.id} line={line} />
                    ))}
                  </ol>
                </details>
              </li>
            ),
          )}
        </ol>
      )}
    </Section>
  );
}

function Line({ line }: { line: TimelineLine }) {
  const byPerson = line.actor !== null;
  return (
    <li className={byPerson ? 'oc-timeline-person' : undefined}>
      <Moment at={line.at} />
      <div>
        <p>
          {byPerson && !line.text.startsWith(line.actor!) && <b>{line.actor}: </b>}
          {line.text}
        </p>
        <small>
          {SOURCE_WORD[line.source]}
          {line.count > 1 && (
            <>
              , {line.count} times until <Moment at={line.lastAt} />
            </>
          )}
        </small>
      </div>
    </li>
  );
}

function Moment({ at }: { at: string }) {
  return (
    <time dateTime={at} title={formatUtc(at)} className="oc-time">
      {formatUtcSeconds(at)}
    </time>
  );
}
