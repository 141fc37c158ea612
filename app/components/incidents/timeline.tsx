import type { ReactNode } from 'react';
import type { TimelineLine } from '../../features/incidents/incident-view.ts';
import { countText } from '../../lib/words.ts';
import { AlertWords, Section } from '../layout/page.tsx';
import { Moment, Said, useZoneWords } from '../time.tsx';
import { SOURCE_WORD } from './incident-words.ts';

interface TimelineProps {
  lines: TimelineLine[];
  /** Above the lines: what chooses among them. */
  filter?: ReactNode;
  /** Runs of checks and messages are one line; not where somebody asked for just those. */
  folds?: boolean;
  /** What it says when there is none. */
  empty?: string;
}

/** So many parts are in view; what was before them is one click away. */
const IN_VIEW = 40;

/** Everything that happened, in order; what people wrote stands out between what happened by itself. */
export function Timeline({
  lines,
  filter,
  folds = true,
  empty = 'Nothing is on record yet.',
}: TimelineProps) {
  const parts: TimelinePart[] = folds
    ? foldTimeline(lines)
    : lines.map((line) => ({ kind: 'line' as const, line }));
  const earlier = parts.slice(0, -IN_VIEW);
  return (
    <Section id="timeline" title="Timeline" hint={`Times are ${useZoneWords()}.`}>
      {filter}
      {lines.length === 0 && <p className="oc-empty">{empty}</p>}
      {earlier.length > 0 && (
        <details className="oc-details">
          <summary>What was before: {countText(earlier.length, 'line')}</summary>
          <Parts parts={earlier} />
        </details>
      )}
      {lines.length > 0 && <Parts parts={parts.slice(-IN_VIEW)} />}
    </Section>
  );
}

function Parts({ parts }: { parts: TimelinePart[] }) {
  return (
    <ol className="oc-timeline">
      {parts.map((part) =>
        part.kind === 'line' ? (
          <Line key={part.line.id} line={part.line} />
        ) : (
          <li key={part.lines[0]!.id} className="oc-timeline-fold">
            <details>
              <summary>
                <Second at={part.lines[0]!.at} /> to <Second at={part.lines.at(-1)!.lastAt} />: {part.summary}
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
  );
}

function Line({ line }: { line: TimelineLine }) {
  const byPerson = line.actor !== null;
  return (
    <li className={byPerson ? 'oc-timeline-person' : undefined}>
      <Second at={line.at} />
      <div>
        {line.source === 'alert' ? (
          <AlertWords words={line.text} near={line.at} />
        ) : (
          <p>
            {byPerson && !line.text.startsWith(line.actor!) && <b>{line.actor}: </b>}
            {byPerson ? line.text : <Said text={line.text} near={line.at} />}
          </p>
        )}
        <small>
          {SOURCE_WORD[line.source]}
          {line.count > 1 && (
            <>
              , {line.count} times until <Second at={line.lastAt} />
            </>
          )}
        </small>
      </div>
    </li>
  );
}

const Second = ({ at }: { at: string }) => <Moment at={at} form="seconds" bare />;

/** What is read one by one, or a run of checks and messages. */
export type TimelinePart =
  { kind: 'line'; line: TimelineLine } | { kind: 'fold'; lines: TimelineLine[]; summary: string };

/** Runs of at least so many lines fold. */
const FOLD_FROM = 3;

/** What there is much of, and one is like the other. */
const NOUNS: Partial<Record<TimelineLine['source'], string>> = {
  probe: 'health check',
  notification: 'message',
};

/** Folds checks and messages, so that what people, rules and the ladder did stands out between. */
function foldTimeline(lines: readonly TimelineLine[]): TimelinePart[] {
  const parts: TimelinePart[] = [];
  let run: TimelineLine[] = [];
  const flush = () => {
    if (run.length >= FOLD_FROM) parts.push({ kind: 'fold', lines: run, summary: summaryOf(run) });
    else parts.push(...run.map((line) => ({ kind: 'line' as const, line })));
    run = [];
  };
  for (const line of lines) {
    if (isByItself(line)) {
      run.push(line);
      continue;
    }
    flush();
    parts.push({ kind: 'line', line });
  }
  flush();
  return parts;
}

const isByItself = (line: TimelineLine) => NOUNS[line.source] !== undefined && line.actor === null;

/** "4 health checks, 3 messages". */
function summaryOf(lines: readonly TimelineLine[]): string {
  const counts = new Map<string, number>();
  for (const { source, count } of lines) {
    const noun = NOUNS[source] ?? 'event';
    counts.set(noun, (counts.get(noun) ?? 0) + count);
  }
  return [...counts].map(([noun, n]) => countText(n, noun)).join(', ');
}
