import { customersWaiting } from '../waiting/waiting-view.ts';
import type { OverviewFigures } from './figures.ts';
import { notChecked } from './incident-rules.ts';
import { attemptsOf, isoOrNull, isUnproved, QUIET_MS, sum, type VerdictRule } from './judge-figures.ts';
import type { OverviewVerdict } from './overview-view.ts';
import { capital, heldSafely, heldText, IN_ORDER, withheldSentence } from './overview-words.ts';
import { durationText, minuteWords } from '../../lib/time-words.ts';
import { countText } from '../../lib/words.ts';

const notConfigured: VerdictRule = (figures) => {
  if (figures.agentHealthUrl !== null) return null;
  const { backlog } = figures;
  const waiting = backlog.pending === 0 ? '' : ` ${capital(heldText(backlog))} ${heldSafely(figures)}.`;
  const sentence = `Chatwoot and the Agent service are not connected yet, so nothing can be delivered.${waiting}`;
  return { tone: 'unknown', word: 'Not connected', sentence, since: null };
};

const notProved: VerdictRule = (figures) => {
  if (!isUnproved(figures)) return null;
  const sentence = 'No message has arrived yet, so nothing shows whether they would.';
  return { tone: 'unknown', word: 'Not proved yet', sentence, since: null };
};

/** How long after an outage the page still speaks of it. */
const RECOVERED_MS = 600_000;

/** The Agent service answers again and what was held goes out, or has gone. */
const afterOutage: VerdictRule = (figures, now) => {
  const { backlog, breaker, ledger } = figures;
  if (!breaker.closedAt) return null;
  const age = now.getTime() - breaker.closedAt.getTime();
  const again = `The Agent service has answered again for ${durationText(age)}.`;
  const since = isoOrNull(breaker.closedAt);
  if (backlog.oldestAt && backlog.oldestAt < breaker.closedAt) {
    const sentence = `${again} ${capital(heldText(backlog))} ${heldSafely(figures, IN_ORDER)}.`;
    return { tone: 'info', word: 'Catching up', sentence, since };
  }
  if (age >= RECOVERED_MS) return null;
  const sentence = `${again} What had to wait has been sent${ledger.balanced ? '; none is lost' : ''}.`;
  return { tone: 'info', word: 'Recovered', sentence, since };
};

/** Longer than the whole series of six default attempts (about 6 minutes) takes. */
const LONG_WAIT_MS = 600_000;

const waitingLong: VerdictRule = (figures, now) => {
  const { backlog } = figures;
  const age = backlog.oldestAt ? now.getTime() - backlog.oldestAt.getTime() : 0;
  if (age <= LONG_WAIT_MS) return null;
  const how = { one: ` for ${durationText(age)}`, several: `, the oldest for ${durationText(age)}` };
  const sentence = `${capital(heldText(backlog))} ${heldSafely(figures, how)}.`;
  return { tone: 'warning', word: 'Slow', sentence, since: isoOrNull(backlog.oldestAt) };
};

/** A look is due once a minute; an older one says nothing of now, ms. */
const LOOKED_MS = 150_000;

/** Chatwoot's newest was looked at and everything of it is here; null: that is not known. */
function knownQuiet(arrival: OverviewFigures['outage']['arrival'], now: Date): string | null {
  if (!arrival?.lookedAt || arrival.silentSince || arrival.failingSince) return null;
  if (now.getTime() - arrival.lookedAt.getTime() > LOOKED_MS) return null;
  if (!arrival.registration || arrival.registration.fault === 'unreadable') return null;
  const since = arrival.newestAt ? ` since ${minuteWords(arrival.newestAt.toISOString())}` : ' yet';
  return `Nobody has written${since}; everything is known: Chatwoot's newest messages were looked at ${durationText(now.getTime() - arrival.lookedAt.getTime())} ago.`;
}

const quiet: VerdictRule = ({ intake, hour, outage: { arrival } }, now) => {
  const last = intake.lastReceivedAt;
  const counts = attemptsOf(hour, 60);
  const recent = last !== null && now.getTime() - last.getTime() < QUIET_MS;
  if (recent && counts.ok > 0) return null;
  const known = knownQuiet(arrival, now);
  if (!recent && known) return { tone: 'info', word: 'Quiet', sentence: known, since: isoOrNull(last) };
  const arrived =
    last === null
      ? 'No message has arrived lately'
      : `The last message arrived ${durationText(now.getTime() - last.getTime())} ago`;
  const sentence = recent
    ? `${arrived}, and none has been delivered in the last hour.`
    : `${arrived}, so nothing shows whether the next one would.`;
  return { tone: 'unknown', word: 'Quiet', sentence, since: isoOrNull(last) };
};

/** Green is only when nobody comes due: a calm that leaves that out is taken for "nothing to do". */
function calm({ outage }: OverviewFigures): Pick<OverviewVerdict, 'tone' | 'word'> {
  const customers = customersWaiting(outage.waiting.figures);
  if (!customers || customers.breached + customers.dueSoon === 0) return { tone: 'good', word: 'All good' };
  const late = customers.breached > 0 || (customers.lateAtPace ?? 0) > 0;
  return { tone: late ? 'warning' : 'info', word: 'Customers wait' };
}

const allGood: VerdictRule = (figures) => {
  const { hour, backlog, ledger, dead } = figures;
  const recent = sum(hour.slice(-10), 'delivered');
  const [delivered, time] = recent > 0 ? [recent, '10 min'] : [sum(hour, 'delivered'), 'hour'];
  const waiting = backlog.pending === 0 ? 'none held' : `${countText(backlog.pending, 'webhook')} on the way`;
  const replaying = dead.open > 0 ? `, ${countText(dead.open, 'dead letter')} in a replay` : '';
  const lost = ledger.balanced ? ', none is lost' : '';
  const sentence = `Messages reach the Agent service. ${countText(delivered, 'webhook')} delivered in the last ${time}, ${waiting}${replaying}${lost}.`;
  return { ...calm(figures), sentence, since: null };
};

/** Nothing is known to be wrong, but something that would find out does not work. */
const safetyNetFails: VerdictRule = ({ safetyNets }) => {
  const [net, ...others] = safetyNets;
  if (!net) return null;
  const more =
    others.length === 0
      ? ''
      : ` ${countText(others.length, 'more thing')} ${others.length === 1 ? 'is' : 'are'} listed below.`;
  return { tone: 'warning', word: 'Not sure', sentence: `${net.sentence}${more}`, since: null };
};

/** Nothing fails, but some of what was fetched waits for a person. */
const undecided: VerdictRule = ({ withheld }) =>
  withheld === 0
    ? null
    : { tone: 'warning', word: 'Your decision', sentence: withheldSentence(withheld), since: null };

/** Messages went missing on the way and were found by comparison: nobody should learn that from a table only. */
const foundMissing: VerdictRule = ({ foundMissing: found }) => {
  if (!found) return null;
  const were = found.messages === 1 ? 'had not arrived. It was' : 'had not arrived. They were';
  const sentence = `${countText(found.messages, 'message')} of Chatwoot ${were} found at ${minuteWords(found.at.toISOString())} and handed on to the Agent service.`;
  return { tone: 'info', word: 'Found missing', sentence, since: found.at.toISOString() };
};

/** Rules without an alarm, in order of priority; the last one always applies. */
export const QUIET_RULES: readonly VerdictRule[] = [
  notConfigured,
  notProved,
  safetyNetFails,
  undecided,
  afterOutage,
  waitingLong,
  foundMissing,
  quiet,
  notChecked,
  allGood,
];
