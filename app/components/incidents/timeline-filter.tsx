import { Form, Link } from '@remix-run/react';
import type { TimelineLine } from '../../features/incidents/incident-view.ts';
import { numberText } from '../../lib/words.ts';
import { TextField } from '../forms/form-fields.tsx';
import { SubmitButton } from '../forms/post-form.tsx';
import { SavedFilters } from '../layout/saved-filters.tsx';
import { Timeline } from './timeline.tsx';

type Sources = readonly TimelineLine['source'][];

/** By who or what wrote a line; together they are everything. */
const KINDS = {
  people: { words: 'People', holds: (line: TimelineLine) => line.actor !== null },
  alerts: { words: 'Alerts', holds: by(['alert', 'escalation', 'guide', 'person']) },
  checks: { words: 'Health checks', holds: by(['probe']) },
  messages: { words: 'Messages sent', holds: by(['notification']) },
  app: { words: 'Deliveries', holds: by(['fallback', 'replay', 'system']) },
} as const;

function by(sources: Sources) {
  return (line: TimelineLine) => line.actor === null && sources.includes(line.source);
}

type Kind = keyof typeof KINDS;

/** What somebody asked of the timeline, by its address. */
export interface TimelineWish {
  kind: Kind | null;
  /** Words that a line has to contain; empty: any. */
  words: string;
}

/** Longer than anything that is looked for. */
const MOST_WORDS = 100;

/** `?of=people&find=redis`; what is not known is left out. */
export function parseTimelineWish(params: URLSearchParams): TimelineWish {
  const of = params.get('of') ?? '';
  return {
    kind: Object.hasOwn(KINDS, of) ? (of as Kind) : null,
    words: (params.get('find') ?? '').trim().slice(0, MOST_WORDS),
  };
}

interface FilteredTimelineProps {
  id: number;
  lines: TimelineLine[];
  wish: TimelineWish;
}

/** The timeline, or what of it is looked for; filters are links and a form, so they work without JavaScript. */
export function FilteredTimeline({ id, lines, wish }: FilteredTimelineProps) {
  const found = lines.filter((line) => contains(line, wish.words));
  const shown = found.filter((line) => wish.kind === null || KINDS[wish.kind].holds(line));
  const asked = wish.kind !== null || wish.words !== '';
  return (
    <Timeline
      lines={shown}
      folds={!asked}
      empty={asked ? 'Nothing on the timeline is like that.' : undefined}
      filter={
        <div className="oc-row oc-timeline-filter">
          <nav className="oc-tabs" aria-label="Lines of the timeline">
            <Choice id={id} wish={wish} kind={null} words="All" count={found.length} />
            {Object.entries(KINDS).map(([kind, { words, holds }]) => (
              <Choice
                key={kind}
                id={id}
                wish={wish}
                kind={kind as Kind}
                words={words}
                count={found.filter(holds).length}
              />
            ))}
          </nav>
          <Form
            method="get"
            action={`/incidents/${id}`}
            preventScrollReset
            className="oc-row"
            key={wish.words}
          >
            <input type="hidden" name="tab" value="timeline" />
            {wish.kind && <input type="hidden" name="of" value={wish.kind} />}
            <TextField
              label="Find"
              name="find"
              type="search"
              defaultValue={wish.words}
              maxLength={MOST_WORDS}
            />
            <SubmitButton>Find</SubmitButton>
          </Form>
          <SavedFilters place="timeline" hash="timeline" incident={id} query={asked ? queryOf(wish) : ''} />
        </div>
      }
    />
  );
}

interface ChoiceProps {
  id: number;
  wish: TimelineWish;
  kind: Kind | null;
  words: string;
  count: number;
}

function Choice({ id, wish, kind, words, count }: ChoiceProps) {
  return (
    <Link
      to={`/incidents/${id}?${queryOf({ ...wish, kind })}`}
      preventScrollReset
      aria-current={kind === wish.kind ? 'page' : undefined}
    >
      {words} <b>{numberText(count)}</b>
    </Link>
  );
}

function queryOf({ kind, words }: TimelineWish): string {
  const params = new URLSearchParams({ tab: 'timeline' });
  if (kind) params.set('of', kind);
  if (words) params.set('find', words);
  return params.toString();
}

function contains({ text, actor }: TimelineLine, words: string): boolean {
  const said = `${actor ?? ''} ${text}`.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => said.includes(word));
}
