import type { TimelineLine } from '../../features/incidents/incident-view.ts';
import { countText } from '../../features/overview/words.ts';

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
export function foldTimeline(lines: readonly TimelineLine[]): TimelinePart[] {
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
