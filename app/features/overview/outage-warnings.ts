import { outageMs } from '../incidents/outage-clock.ts';
import { topIncident } from './incident-rules.ts';
import type { CurrentIncident, OverviewFigures } from './figures.ts';
import type { Warning } from './overview-view.ts';
import {
  CLOCK_CURE,
  clockDifferenceWords,
  durationText,
  minuteWords,
  WARNING_MS,
} from '../../lib/time-words.ts';
import { countText, listText } from '../../lib/words.ts';

/** A step of the ladder that is late by more than this was not taken: the loop comes round every second. */
const OVERDUE_MS = 30_000;

/** What went wrong with telling people, what the runbook wants by now, and what rules and policy say before an outage. */
export function outageWarnings(figures: OverviewFigures, now: Date): Warning[] {
  const incident = topIncident(figures);
  return [
    ...(incident && incident.recoveredAt === null
      ? [...missedSteps(incident, now), ...latePhase(incident, now)]
      : []),
    ...untoldMessages(figures),
    ...firingRules(figures),
    ...clockApart(figures),
    ...contactGaps(figures),
  ];
}

/** Steps of the ladder that were due and told nobody. */
function missedSteps({ id, ladder }: CurrentIncident, now: Date): Warning[] {
  const link = { to: `/incidents/${id}#escalation`, label: 'See who is told when' };
  const lateBy = (dueAt: string) => now.getTime() - Date.parse(dueAt);
  const gaps = ladder.filter(({ state, dueAt }) => state === 'gap' && lateBy(dueAt) >= 0);
  const overdue = ladder.find(
    ({ state, dueAt }) => (state === 'next' || state === 'waiting') && lateBy(dueAt) > OVERDUE_MS,
  );
  const warnings: Warning[] = [];
  if (gaps.length > 0) {
    const roles = listText([...new Set(gaps.map(({ role }) => role))]);
    warnings.push({
      id: 'told_nobody',
      tone: 'critical',
      sentence: `Should have been told by now, but has no address: ${roles}.`,
      cure: 'Call them, and add an address for the next step.',
      link: { to: '/contacts', label: 'Open the contacts' },
    });
  }
  if (overdue)
    warnings.push({
      id: 'escalation_overdue',
      tone: 'critical',
      sentence: `${overdue.role} should have been told at ${minuteWords(overdue.dueAt)} and has not been, ${durationText(lateBy(overdue.dueAt))} ago.`,
      cure: 'Call them, and see whether a worker runs.',
      link,
    });
  return warnings;
}

/** The runbook's phase should be through, and a step of it is open. */
function latePhase(incident: CurrentIncident, now: Date): Warning[] {
  const { id, nextGuideStep: step } = incident;
  if (step?.phaseMinutes == null) return [];
  const late = outageMs(incident, now) - step.phaseMinutes * 60_000;
  if (late <= 0) return [];
  return [
    {
      id: 'guide_late',
      tone: 'warning',
      sentence: `“${step.phase}” should have been finished within ${durationText(step.phaseMinutes * 60_000)}: it is ${durationText(late)} late.`,
      cure: `Still to do: ${step.title}.`,
      link: { to: `/incidents/${id}#guide`, label: 'Open the guide' },
    },
  ];
}

/** Accepted is only what the other side accepted. */
function untoldMessages({ outage }: OverviewFigures): Warning[] {
  return outage.untold.map(({ incidentId, failed, retrying, answer }) => {
    const tries = [
      failed > 0 && `${countText(failed, 'message')} not accepted`,
      retrying > 0 && `${countText(retrying, 'message')} being tried again`,
    ].filter((part) => part !== false);
    return {
      id: `untold:${incidentId}`,
      tone: failed > 0 ? 'critical' : 'warning',
      sentence: `People could not be told about incident ${incidentId}: ${tries.join(', ')}${answer ? ` (${answer})` : ''}.`,
      cure: 'Call whoever has to know.',
      link: { to: `/incidents/${incidentId}?tab=told#notifications`, label: 'See who was told' },
    };
  });
}

function firingRules({ outage }: OverviewFigures): Warning[] {
  return outage.warnings.map(({ rule, words }) => ({
    id: `alert:${rule}`,
    tone: 'warning',
    sentence: words,
    cure: '',
    link: { to: `/alerts#${rule}`, label: 'See the rule' },
    registers: rule === 'webhooks_refused',
  }));
}

/** Times are reckoned with the difference, but people compare them, too. */
function clockApart({ outage: { clock } }: OverviewFigures): Warning[] {
  const sentence = clock && Math.abs(clock.aheadMs) > WARNING_MS ? clockDifferenceWords(clock) : null;
  if (!sentence) return [];
  return [
    {
      id: 'clock_apart',
      tone: 'warning',
      sentence,
      cure: CLOCK_CURE,
      link: { to: '/health#chatwoot', label: 'Open Health' },
    },
  ];
}

/** A gap shows now, not when somebody is needed. */
function contactGaps({ outage }: OverviewFigures): Warning[] {
  if (outage.gaps.length === 0) return [];
  const roles = listText(outage.gaps.map(({ role }) => role));
  return [
    {
      id: 'contact_gaps',
      tone: 'critical',
      sentence: `In an outage nobody could be told for ${outage.gaps.length === 1 ? 'this role' : 'these roles'}: ${roles}.`,
      cure: 'Add a name and an address.',
      link: { to: '/contacts', label: 'Open the contacts' },
    },
  ];
}
