import { durationText } from '../../lib/time-words.ts';
import { countText, numberText, percentText } from '../../lib/words.ts';
import { customersWaiting } from '../waiting/waiting-view.ts';
import { dueText, waitForAnswer } from '../waiting/waiting-words.ts';
import type { OverviewFigures } from './figures.ts';
import {
  answeringAgain,
  currentIncident,
  downSince,
  failedCheck,
  healthyAgain,
  healthyInFallback,
  recoveredIncident,
} from './incident-rules.ts';
import {
  attemptsSinceRecovery,
  deadLetterTone,
  isoOrNull,
  judgeSuccess,
  successRatio,
  sum,
  type VerdictRule,
  whyNothingGoesOut,
} from './judge-figures.ts';
import type { OverviewVerdict } from './overview-view.ts';
import {
  agentTroubleText,
  capital,
  deadLettersText,
  heldSafely,
  heldText,
  lastAnswer,
} from './overview-words.ts';
import { QUIET_RULES } from './quiet-rules.ts';

/**
 * The one sentence on top of the page. The rules stand in order of priority; the first critical one that applies
 * wins, else the first that applies, so that a worry further up never hides an outage further down.
 * @param figures what was measured; the sentence claims nothing else
 */
export function decideVerdict(figures: OverviewFigures, now: Date): OverviewVerdict {
  const verdicts = VERDICT_RULES.map((rule) => rule(figures, now)).filter((verdict) => verdict !== null);
  const chosen = verdicts.find((verdict) => verdict.tone === 'critical') ?? verdicts[0];
  if (!chosen) throw new Error('No rule gave a verdict: the last one always does.');
  return withWhoWaits(chosen, figures);
}

/** Whatever is the matter: who waits for an answer, by the one count there is. */
function withWhoWaits(verdict: OverviewVerdict, { outage }: OverviewFigures): OverviewVerdict {
  const customers = customersWaiting(outage.waiting.figures);
  if (customers?.count === 0) return verdict;
  if (customers)
    return {
      ...verdict,
      sentence: `${verdict.sentence} ${waitForAnswer(customers.count)}, ${dueText(customers)}.`,
    };
  if (verdict.tone !== 'critical') return verdict;
  return { ...verdict, sentence: `${verdict.sentence} How many customers wait for an answer is not known.` };
}

const spoolInUse: VerdictRule = ({ intake }) => {
  const { spooled, spooledSince, spoolInUse: inUse } = intake;
  if (!inUse && spooled === 0) return null;
  const kept = `${countText(spooled, 'webhook')} ${spooled === 1 ? 'waits' : 'wait'} safely in the spool file`;
  const sentence = inUse
    ? `The database did not take webhooks in time, so they go to a file on disk. ${kept}.`
    : `${kept} and will be brought into the database in order.`;
  return { tone: 'warning', word: 'Spool in use', sentence, since: isoOrNull(spooledSince) };
};

const outOfBalance: VerdictRule = ({ ledger, ledgerCheck }) => {
  const { received, delivered, pending, held, withheld, dead, discarded } = ledger;
  const verdict = { tone: 'critical', word: 'Out of balance' } as const;
  if (!ledger.balanced) {
    const accounted = delivered + pending + held + withheld + dead + discarded;
    const missing = received - accounted;
    const meaning =
      missing > 0
        ? `${numberText(missing)} may be lost`
        : `${numberText(-missing)} too many, so a count is wrong`;
    const sentence = `The ledger does not balance: ${countText(received, 'webhook')} received, ${numberText(accounted)} accounted for. ${capital(meaning)}.`;
    return { ...verdict, sentence, since: null };
  }
  if (!ledgerCheck || ledgerCheck.balanced) return null;
  const sentence = 'The last count of every webhook, row by row, did not balance: something may be lost.';
  return { ...verdict, sentence, since: ledgerCheck.at };
};

const agentDown: VerdictRule = (figures, now) => {
  const { breaker, backlog } = figures;
  if (breaker.state === 'closed' || healthyAgain(figures)) return null;
  const since = downSince('agent', figures);
  const duration = since ? ` for ${durationText(now.getTime() - since.getTime())}` : '';
  const waiting =
    backlog.pending === 0
      ? 'No message is held for it'
      : `${capital(heldText(backlog))} ${heldSafely(figures)}`;
  const sentence = `The Agent service ${agentTroubleText(breaker)}${duration}. ${waiting}.`;
  return { tone: 'critical', word: 'Outage', sentence, ...lastAnswer(breaker), since: isoOrNull(since) };
};

/** People answer by hand meanwhile: what waits is held, and nothing fails because of it. */
const fallback: VerdictRule = (figures) => {
  const { paused, backlog } = figures;
  if (!paused) return null;
  const until = ' until fallback mode is switched off';
  const waiting =
    backlog.pending === 0
      ? 'No message is held'
      : `${capital(heldText(backlog))} ${heldSafely(figures, { one: until, several: until })}`;
  const sentence = `People answer by hand: fallback mode is on. ${waiting}.`;
  return { tone: 'warning', word: 'Fallback', sentence, since: isoOrNull(paused.since) };
};

const deadLetters: VerdictRule = ({ dead }) => {
  if (dead.unclaimed === 0) return null;
  const replaying = dead.open - dead.unclaimed;
  const inReplay =
    replaying > 0 ? ` ${numberText(replaying)} of them ${replaying === 1 ? 'is' : 'are'} in a replay.` : '';
  const verb =
    dead.open === 1
      ? 'could not be delivered. It is kept and needs'
      : 'could not be delivered. They are kept and need';
  return {
    tone: deadLetterTone(dead) === 'critical' ? 'critical' : 'warning',
    word: dead.open === 1 ? 'Dead letter' : 'Dead letters',
    sentence: `${deadLettersText(dead)} ${verb} a person.${inReplay}`,
    since: isoOrNull(dead.oldestAt),
  };
};

const quarantined: VerdictRule = ({ intake }) => {
  if (intake.quarantined === 0) return null;
  const kept =
    intake.quarantined === 1 ? 'It is kept in a file and needs' : 'They are kept in files and need';
  const sentence = `${countText(intake.quarantined, 'webhook')} could not be brought into the database. ${kept} whoever runs this app.`;
  return { tone: 'warning', word: 'Set aside', sentence, since: null };
};

const pausedReplay: VerdictRule = ({ replays }) => {
  const paused = replays.find(({ state, waiting }) => state === 'paused' && waiting > 0);
  if (!paused) return null;
  const sentence = `A replay is paused: ${countText(paused.waiting, 'webhook')} that could not be delivered ${paused.waiting === 1 ? 'waits' : 'wait'} for somebody to let it go on.`;
  return { tone: 'warning', word: 'Replay paused', sentence, since: null };
};

const lowSuccess: VerdictRule = (figures) => {
  if (whyNothingGoesOut(figures)) return null;
  const counts = attemptsSinceRecovery(figures, 10);
  const tone = judgeSuccess(counts);
  const ratio = successRatio(counts);
  if (ratio === null || tone === 'good' || tone === 'unknown') return null;
  const attempts = countText(counts.ok + counts.failed, 'delivery attempt');
  const failed = `${numberText(counts.failed)} of ${attempts} failed in the last 10 min`;
  const sentence = `The Agent service takes only part of what it is sent: ${failed} (${percentText(ratio)} succeeded, target 98 %).`;
  return { tone, word: tone === 'critical' ? 'Failing' : 'Degraded', sentence, since: null };
};

const noWorker: VerdictRule = (figures) => {
  if (figures.workers > 0) return null;
  const { backlog } = figures;
  if (backlog.pending === 0) {
    const sentence = 'No worker is running: what arrives now will be kept safely but not delivered.';
    return { tone: 'warning', word: 'No worker', sentence, since: null };
  }
  const sentence = `No worker is running, so nothing is delivered. ${capital(heldText(backlog))} ${heldSafely(figures)}.`;
  return { tone: 'critical', word: 'No worker', sentence, since: isoOrNull(backlog.oldestAt) };
};

const onlyRefused: VerdictRule = ({ intake, hour }) => {
  const refused = intake.rejected.reduce((total, { count }) => total + count, 0);
  const last10 = hour.slice(-10);
  if (refused === 0 || sum(last10, 'accepted') + sum(last10, 'duplicates') > 0) return null;
  const sentence = `Every webhook of the last 10 min was refused: ${numberText(refused)}. Refused webhooks are not kept, and Chatwoot does not send them again.`;
  return { tone: 'warning', word: 'Refusing', sentence, since: null };
};

/** What may be wrong, in order of priority, and then what is left when nothing is. */
const VERDICT_RULES: readonly VerdictRule[] = [
  spoolInUse,
  outOfBalance,
  currentIncident,
  healthyInFallback,
  agentDown,
  fallback,
  deadLetters,
  quarantined,
  pausedReplay,
  answeringAgain,
  lowSuccess,
  noWorker,
  onlyRefused,
  failedCheck,
  recoveredIncident,
  ...QUIET_RULES,
];
