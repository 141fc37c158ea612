import { causeOf } from '../incidents/incident-row.server.ts';
import type { IncidentSummary } from '../incidents/incident-view.ts';
import { outageSince } from '../incidents/outage-clock.ts';
import type { Draft, Language, PublicState } from './status-document.ts';
import { NEXT_MS } from './publish-update.server.ts';
import { timesIn, wordsIn } from './status-words.ts';

/**
 * A ready draft from the facts: what, since when, what customers can do, and when they hear more.
 * @param incident its title is for colleagues and is not in it
 */
export function draftUpdate(
  incident: Pick<IncidentSummary, 'cause' | 'status' | 'startedAt' | 'recoveredAt' | 'resolvedAt' | 'lulls'>,
  {
    components,
    notice,
    language,
    email,
    now,
  }: {
    components: readonly { id: number; name: string; health: readonly string[] }[];
    /** What was published of it; null: nothing. */
    notice: { title: string; affects: Record<string, PublicState> } | null;
    language: Language;
    email: string;
    now: Date;
  },
): Draft {
  const words = wordsIn(language).auto;
  const { time } = timesIn(language);
  const tied = components.filter(({ health }) => health.some((part) => causeOf(part) === incident.cause));
  const affected = tied.length > 0 ? tied : components.slice(0, 1);
  const name = affected.map((component) => component.name).join(', ');
  const merged = incident.status === 'merged';
  const state =
    merged || incident.status === 'resolved'
      ? 'resolved'
      : incident.recoveredAt
        ? 'monitoring'
        : 'investigating';
  const until = words.next(time(new Date(now.getTime() + NEXT_MS).toISOString()));
  const again = time(incident.recoveredAt ?? incident.resolvedAt ?? now.toISOString());
  const text = {
    investigating: () =>
      `${words.investigating(name, time(outageSince(incident).toISOString()), email)} ${until}`,
    monitoring: () => `${words.monitoring(name, again)} ${until}`,
    resolved: () => (merged ? words.merged : words.resolved(name, again)),
  }[state]();
  const ids = notice ? Object.keys(notice.affects) : affected.map(({ id }) => String(id));
  return {
    title: notice?.title ?? words.title(name),
    state,
    text,
    // What works again and is watched is said neither not to work nor to be all right.
    affects:
      notice && state !== 'monitoring'
        ? notice.affects
        : Object.fromEntries(
            ids.map((id) => [id, state === 'monitoring' ? 'degraded_performance' : 'major_outage'] as const),
          ),
  };
}
