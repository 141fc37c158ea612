import { outageSince, partText } from '../../incidents/outage-clock.ts';
import type { WaitingCheck } from '../../waiting/waiting-view.ts';
import type { Overview, NextStep, Tone } from '../overview-view.ts';

/** What stands around every page: state, incident, who is on it, what to do next, and how much there is in each place. */
export interface Shell {
  /** The server's time when it was read, ISO. */
  at: string;
  tone: Tone;
  /** One or two words: "All good", "Outage", "Unknown". */
  word: string;
  /** Since when that holds, ISO; null: not known. */
  since: string | null;
  incident: ShellIncident | null;
  nextStep: NextStep;
  counts: ShellCounts;
  /** Customers who wait are being counted for the first time: how far that is. */
  counting: WaitingCheck['counting'];
}

interface ShellIncident {
  id: number;
  title: string;
  /** When it last began to fail, ISO. */
  since: string;
  /** "third part of incident 1"; null while it has failed only once. */
  part: string | null;
  /** Who took it; null: nobody yet. */
  takenBy: string | null;
  /** Its alerts have cleared: nobody has to be on it. */
  recovered: boolean;
  drill: boolean;
  /** Whom the ladder tells next, and when; null: nobody. */
  nextCall: { role: string; dueAt: string } | null;
}

/** How much waits in each place; null: not known. */
export interface ShellCounts {
  /** Warnings that need somebody. */
  now: number | null;
  /** Open incidents. */
  incidents: number | null;
  /** Customers who wait for an answer. */
  waiting: number | null;
  /** Tickets kept by hand that have no answer yet. */
  tickets: number | null;
  /** What is to be brought back: incidents that have recovered and are not resolved, and fallback mode. */
  recovery: number | null;
}

/** The warnings that Now lists and counts. In calm whom nobody could tell stands there with what would happen if something failed. */
export const shownWarnings = ({ warnings, incident }: Pick<Overview, 'warnings' | 'incident'>) =>
  warnings.filter(({ id }) => incident !== null || id !== 'contact_gaps');

/** The same truth as the page Now, in a line. */
export function shellOf({
  at,
  verdict,
  nextStep,
  incident,
  otherIncidents,
  warnings,
  people,
  fallbackOn,
}: Pick<
  Overview,
  'at' | 'verdict' | 'nextStep' | 'incident' | 'otherIncidents' | 'warnings' | 'people' | 'fallbackOn'
>): Shell {
  const open = incident ? [incident, ...otherIncidents] : otherIncidents;
  const next = incident?.ladder.find(({ state }) => state === 'next');
  return {
    at,
    tone: verdict.tone,
    word: verdict.word,
    since: verdict.since,
    incident: incident && {
      id: incident.id,
      title: incident.title,
      since: outageSince(incident).toISOString(),
      part: partText(incident),
      takenBy: incident.assignee ?? incident.acknowledgedBy,
      recovered: incident.recoveredAt !== null,
      drill: incident.drill,
      nextCall: next ? { role: next.role, dueAt: next.dueAt } : null,
    },
    nextStep,
    counting: people?.counting ?? null,
    counts: {
      now: shownWarnings({ warnings, incident }).length,
      incidents: people === null ? null : open.length,
      waiting: people?.waiting?.count ?? null,
      tickets: people?.byHand ?? null,
      recovery:
        fallbackOn === null
          ? null
          : open.filter(({ recoveredAt }) => recoveredAt !== null).length + (fallbackOn ? 1 : 0),
    },
  };
}
