import type { CurrentIncident, OverviewFigures } from './figures.ts';
import type { OverviewVerdict } from './overview-view.ts';
import { failsNow, takesMessages, type VerdictRule } from './judge-figures.ts';
import { missedWords } from '../alerts/rules-arrival.ts';
import { lastPartMs, outageSince, partSentence } from '../incidents/outage-clock.ts';
import { agentTroubleText, capital, heldSafely, heldText, IN_ORDER, lastAnswer } from './overview-words.ts';
import { durationText, minuteWords } from '../../lib/time-words.ts';
import { countText, listText } from '../../lib/words.ts';

/** The incident to speak of: the worst that has not recovered, else the worst. They come worst first. */
export function topIncident({ outage }: Pick<OverviewFigures, 'outage'>): CurrentIncident | null {
  return topOf(outage.incidents);
}

/** The same of any list of open incidents, worst first. */
export function topOf<T extends { recoveredAt: string | null }>(incidents: readonly T[]): T | null {
  return incidents.find(({ recoveredAt }) => recoveredAt === null) ?? incidents[0] ?? null;
}

/** An incident that goes on, in one sentence about customers and time. */
export const currentIncident: VerdictRule = (figures, now) => {
  const incident = topIncident(figures);
  if (!incident || incident.recoveredAt !== null || answersAgain(incident, figures)) return null;
  if (healthyAgain(figures)) return null;
  return {
    tone: incident.severity === 'P2' ? 'warning' : 'critical',
    word: incident.severity === 'P2' ? 'Degraded' : 'Outage',
    sentence: [incidentSentence(incident, figures), partSentence(incident, now), whoKnows(incident, figures)]
      .filter(Boolean)
      .join(' '),
    ...failedDetail(incident, figures),
    ...cureOf(incident, figures),
    since: outageSince(incident).toISOString(),
    incidentId: incident.id,
  };
};

/** Why webhooks do not arrive is said at once; what to do about it is long, and folded. */
function cureOf({ cause }: CurrentIncident, { outage: { arrival } }: OverviewFigures): { cure?: string } {
  return cause === 'arrival' && arrival?.confirmedAt && arrival.cause ? { cure: arrival.cause.cure } : {};
}

/** What the last check of the failing part saw, where it was looked at lately; of the Agent service else the last answer. */
function failedDetail({ cause }: CurrentIncident, { outage, breaker }: OverviewFigures): { detail?: string } {
  const part = cause === 'delivery' ? 'agent' : cause;
  const found = outage.components.find(({ name }) => name === part);
  if (found && !found.stale && found.failures > 0) return { detail: found.detail };
  return cause === 'delivery' && breaker.state !== 'closed' ? lastAnswer(breaker) : {};
}

/** It answers its health check again, and nothing but that is known of it: people answer by hand meanwhile. */
export const healthyInFallback: VerdictRule = (figures) => {
  if (!healthyAgain(figures)) return null;
  const incident = topIncident(figures)!;
  const { backlog } = figures;
  const waits = backlog.pending === 0 ? '' : ` ${capital(heldText(backlog))} ${heldSafely(figures)}.`;
  return {
    tone: 'warning',
    word: 'Answers again',
    sentence: `The Agent service answers its health check again. Fallback mode sends it nothing: whether it takes messages, a test message shows.${waits}`,
    since: outageSince(incident).toISOString(),
    incidentId: incident.id,
  };
};

/** What failed answers again, but not yet for long enough to be sure. */
export const answeringAgain: VerdictRule = (figures, now) => {
  const incident = topIncident(figures);
  if (!incident || incident.recoveredAt !== null || !answersAgain(incident, figures)) return null;
  const sentence = againSentence(incident, figures, now);
  return {
    tone: 'warning',
    word: 'Answers again',
    sentence,
    since: outageSince(incident).toISOString(),
    incidentId: incident.id,
  };
};

/** All alerts of every open incident have cleared; a person has still to say that it is over. */
export const recoveredIncident: VerdictRule = (figures, now): OverviewVerdict | null => {
  const incident = topIncident(figures);
  if (!incident?.recoveredAt) return null;
  const age = durationText(now.getTime() - Date.parse(incident.recoveredAt));
  const sentence = `It has been working again for ${age}. Incident ${incident.id} (${incident.title}) stays open until somebody resolves it.`;
  return { tone: 'info', word: 'Recovered', sentence, since: incident.recoveredAt, incidentId: incident.id };
};

/**
 * Since when a part has been down, by the one clock there is: that of its incident, else the first sign of it. null: no sign.
 */
export function downSince(
  name: 'chatwoot' | 'agent',
  { outage, breaker }: Pick<OverviewFigures, 'outage' | 'breaker'>,
): Date | null {
  const cause = name === 'chatwoot' ? 'chatwoot' : 'delivery';
  const incident = outage.incidents.find((one) => one.cause === cause && one.recoveredAt === null);
  if (incident) return outageSince(incident);
  const component = outage.components.find((one) => one.name === name && one.failures > 0);
  const signs = [
    component?.firstFailedAt ? Date.parse(component.firstFailedAt) : null,
    name === 'agent' && breaker.state !== 'closed' ? (breaker.openedAt?.getTime() ?? null) : null,
  ].filter((at) => at !== null);
  return signs.length === 0 ? null : new Date(Math.min(...signs));
}

/**
 * What failed answers again, by the last check, the breaker and what was sent since, but its alerts have not cleared yet:
 * the page must not go on telling of an outage that is over, nor tell that it is over while messages fail.
 */
export function answersAgain(incident: CurrentIncident, figures: OverviewFigures): boolean {
  const { cause } = incident;
  const answers = (name: string) => {
    const found = figures.outage.components.find((component) => component.name === name);
    return found !== undefined && !found.stale && found.failures === 0 && found.state !== 'inconclusive';
  };
  if (cause === 'chatwoot') return answers('chatwoot');
  if (cause === 'arrival') return arrivesAgain(figures);
  if (cause !== 'delivery' || figures.breaker.state !== 'closed' || !answers('agent')) return false;
  return closedSince(incident, figures) ? !failsNow(figures.recent) : takesMessages(figures.recent);
}

/**
 * In fallback mode nothing is sent, and so the breaker stays as it was: that the Agent service has been repaired shows in its
 * health check alone, and only where that had failed with it.
 */
export function healthyAgain(figures: OverviewFigures): boolean {
  const { paused, breaker, outage } = figures;
  const incident = topIncident(figures);
  if (!paused || incident?.cause !== 'delivery' || incident.recoveredAt !== null) return false;
  if (breaker.state === 'closed') return false;
  const agent = outage.components.find(({ name }) => name === 'agent');
  if (!agent || agent.stale || agent.state !== 'up' || agent.failures > 0) return false;
  return Date.parse(agent.since) > outageSince(incident).getTime();
}

/** The breaker found the Agent service answering again after the incident began. */
function closedSince(incident: CurrentIncident, { breaker: { closedAt } }: OverviewFigures): boolean {
  return closedAt !== null && closedAt > outageSince(incident);
}

function againSentence(incident: CurrentIncident, figures: OverviewFigures, now: Date): string {
  const sure = 'A few more good checks will make sure.';
  const { backlog, breaker } = figures;
  const waits =
    backlog.pending === 0 ? '' : ` ${capital(heldText(backlog))} ${heldSafely(figures, IN_ORDER)}.`;
  if (incident.cause === 'arrival') return `Chatwoot's webhooks arrive again. ${sure}${waits}`;
  if (incident.cause === 'chatwoot') {
    const lasted = durationText(lastPartMs(incident, now));
    return `Chatwoot answers again, ${lasted} after it stopped. ${sure}${waits}`;
  }
  if (!closedSince(incident, figures))
    return `Messages get through to the Agent service again: the last ${countText(figures.recent.okSinceFailure, 'attempt')} succeeded. A few more will make sure.${waits}`;
  const age = durationText(now.getTime() - (breaker.closedAt ?? now).getTime());
  return `The Agent service has answered again for ${age}. ${sure}${waits}`;
}

function incidentSentence(incident: CurrentIncident, figures: OverviewFigures): string {
  const since = `since ${minuteWords(outageSince(incident).toISOString())}`;
  const waits = heldClause(figures);
  switch (incident.cause) {
    case 'chatwoot': {
      const component = figures.outage.components.find(({ name }) => name === 'chatwoot');
      if (!component || component.stale)
        return `Chatwoot had not answered ${since}; whether it does now is not known, because it was not checked lately${waits}.`;
      return `Chatwoot has not answered ${since}. Customers cannot reach us by chat${waits}.`;
    }
    case 'delivery': {
      const { breaker, recent } = figures;
      if (breaker.state === 'closed' && failsNow(recent)) {
        const which = recent.failed > recent.ok ? 'Messages' : 'Some messages';
        return `${which} do not get through to the Agent service: ${recent.failed} of ${countText(recent.ok + recent.failed, 'attempt')} of the last minute failed. People can still answer by hand${waits}.`;
      }
      if (breaker.state === 'closed')
        return `${incident.title} ${since}. People can still answer by hand${waits}.`;
      return `The Agent service ${agentTroubleText(breaker)} ${since}. People can still answer by hand${waits}.`;
    }
    case 'intake':
      return `Webhooks from Chatwoot cannot reach us ${since}. What customers write meanwhile has to be fetched afterwards${waits}.`;
    case 'arrival':
      return `${arrivalSentence(incident, figures)}${waits ? ` ${capital(waits.slice(2))}.` : ''}`;
    case 'network':
      return `This app has reached nothing ${since}, so it does not know whether customers are affected${waits}.`;
    default:
      return `${incident.title}, ${since}${waits ? `. ${capital(waits.slice(2))}` : ''}.`;
  }
}

/** What is missing of the silence, and why; or what else is wrong with the way from Chatwoot. */
function arrivalSentence(incident: CurrentIncident, { outage: { arrival } }: OverviewFigures): string {
  if (arrival?.confirmedAt) {
    const why = arrival.cause ? ` ${arrival.cause.sentence} ${arrival.cause.cure}` : '';
    return `Chatwoot works, its webhooks do not arrive: ${missedWords(arrival)}; what is found is fetched and goes on.${why}`;
  }
  const { registration, delay } = arrival ?? {};
  if (arrival?.badConfirmed && registration) return registration.evidence;
  if (delay && delay.p95 > LATE_MS) return `Chatwoot's queue is ${durationText(delay.p95)} behind.`;
  return `${incident.title} since ${minuteWords(outageSince(incident).toISOString())}.`;
}

/** From a message's `created_at` to its webhook: the rule's threshold, ms. */
const LATE_MS = 5 * 60_000;

function arrivesAgain({ outage: { arrival } }: OverviewFigures): boolean {
  if (!arrival || arrival.confirmedAt || arrival.badConfirmed || arrival.failingSince) return false;
  return !arrival.delay || arrival.delay.p95 <= LATE_MS;
}

/** Who is on it, who was told, and whether there is more than this. */
function whoKnows(incident: CurrentIncident, { outage }: OverviewFigures): string {
  const { told } = incident;
  const has = told.length === 1 ? 'has' : 'have';
  const who =
    incident.status === 'acknowledged'
      ? `${incident.acknowledgedBy ?? 'Somebody'} is on it.`
      : told.length === 0
        ? 'Nobody is on it yet, and nobody has been told.'
        : `${capital(listText(told))} ${has} been told; nobody is on it yet.`;
  const others = outage.incidents.filter(({ id }) => id !== incident.id).length;
  return others === 0
    ? who
    : `${who} ${capital(countText(others, 'more incident'))} ${others === 1 ? 'is' : 'are'} open.`;
}

/** "; 12 messages for the Agent service are held safely; none is lost", or nothing when nothing is. */
function heldClause(figures: OverviewFigures): string {
  const { backlog } = figures;
  return backlog.pending === 0 ? '' : `; ${heldText(backlog)} ${heldSafely(figures)}`;
}

/** A check that failed just now, before it is an incident: neither an alarm nor all good. */
export const failedCheck: VerdictRule = ({ outage }) => {
  const failing = outage.components.find(
    ({ name, stale, failures }) => (name === 'chatwoot' || name === 'agent') && !stale && failures > 0,
  );
  if (!failing) return null;
  const sentence = `${failing.label} failed its last health check. The next one, soon, will show whether it is an outage.`;
  const { detail, firstFailedAt } = failing;
  return { tone: 'warning', word: 'A check failed', sentence, detail, since: firstFailedAt };
};

/** Nobody has looked at Chatwoot or the Agent service lately: that messages came through before proves nothing now. */
export const notChecked: VerdictRule = ({ outage }, now) => {
  const stale = outage.components.find(
    ({ name, stale: isStale, state }) =>
      (name === 'chatwoot' || name === 'agent') &&
      (isStale || state === 'inconclusive' || state === 'unknown'),
  );
  if (!stale) return null;
  const sentence = stale.stale
    ? `${stale.label} has not been checked for ${durationText(now.getTime() - Date.parse(stale.checkedAt))}, so nothing shows whether it answers.`
    : `Whether ${stale.label} answers is not known: ${stale.detail}.`;
  return { tone: 'unknown', word: 'Unknown', sentence, since: stale.stale ? stale.checkedAt : stale.since };
};
