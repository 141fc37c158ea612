import { stillRejects } from '../delivery/fresh-refusals.ts';
import { selectionToParams } from '../delivery/dead-letters/selection.ts';
import { customersWaiting } from '../waiting/waiting-view.ts';
import { dueText, waitForAnswer } from '../waiting/waiting-words.ts';
import { replayLabel } from '../delivery/dead-letters/notice-words.ts';
import type { OverviewFigures } from './figures.ts';
import { afterIncidentStep, incidentStep, PROVE, registerAgainStep } from './incident-step.ts';
import {
  CONNECT_CURE,
  cureOfRejection,
  LINKS,
  OPEN_ENDPOINT_CURE,
  WITHHELD_CURE,
  WITHHELD_LINK,
} from './overview-words.ts';
import type { NextStep } from './overview-view.ts';
import { failsNow, isUnproved } from './judge-figures.ts';
import { answersAgain, healthyAgain, topIncident } from './incident-rules.ts';
import { durationText } from '../../lib/time-words.ts';
import { countText, numberText } from '../../lib/words.ts';

type StepRule = (figures: OverviewFigures) => NextStep | null;

/** More than this many are replayed carefully: a few first, on only if they succeed. */
const REPLAY_CAREFULLY_ABOVE = 20;

const countEveryRow: StepRule = ({ ledger, ledgerCheck }) =>
  ledger.balanced && ledgerCheck?.balanced !== false
    ? null
    : {
        sentence:
          'Count every webhook row by row with "npm run ops:status", keep the database and the data directory as they are, and call whoever runs this app.',
        link: { to: LINKS.ledger, label: 'See the ledger' },
      };

const connect: StepRule = ({ agentHealthUrl }) =>
  agentHealthUrl === null
    ? {
        sentence: 'Connect Chatwoot and the Agent service: the steps are on the set-up card.',
        link: { to: LINKS.setup, label: 'Show the steps' },
      }
    : null;

const startWorker: StepRule = ({ workers }) =>
  workers > 0
    ? null
    : {
        sentence:
          'Start a worker: "npm start" with ROLE=all or ROLE=worker. What waits then goes out by itself.',
      };

const leaveFallback: StepRule = (figures) => {
  const { paused, breaker } = figures;
  if (!paused) return null;
  if (healthyAgain(figures))
    return {
      sentence:
        'The Agent service answers its health check again: send the test message of the restore checklist, which shows whether it takes messages.',
      link: { to: '/recovery', label: 'Restore automation' },
    };
  const incident = topIncident(figures);
  if (incident && (incident.recoveredAt !== null || answersAgain(incident, figures)))
    return {
      sentence:
        'It works again: go through the restore checklist, then switch fallback mode off. Until then people answer by hand.',
      link: { to: '/recovery', label: 'Restore automation' },
    };
  if (breaker.state === 'closed')
    return {
      sentence:
        'Fallback mode is on: answer customers by hand, and switch it off when the restore checklist is done.',
      link: { to: LINKS.fallback, label: 'Open fallback mode' },
    };
  return answerByHand(figures);
};

/** People answer by hand, and what broke still fails: customers come before the rest of the guide. */
const answerMeanwhile: StepRule = (figures) => {
  const incident = topIncident(figures);
  if (!figures.paused || !incident || incident.recoveredAt !== null || incident.status === 'open')
    return null;
  return answersAgain(incident, figures) || healthyAgain(figures) ? null : answerByHand(figures);
};

function answerByHand({ outage, breaker }: OverviewFigures): NextStep {
  const chatwoot = outage.incidents.some((one) => one.cause === 'chatwoot' && one.recoveredAt === null);
  if (chatwoot)
    return {
      sentence:
        'Fallback mode is on and Chatwoot does not answer: answer customers by e-mail, and keep a ticket for each.',
      link: { to: '/tickets', label: 'Open Tickets' },
    };
  const what = breaker.state === 'closed' ? 'the outage is not over' : 'the Agent service does not answer';
  return {
    sentence: `Fallback mode is on and ${what}: answer customers by hand.`,
    link: { to: LINKS.waiting, label: 'Open Customers waiting' },
  };
}

const checkAgent: StepRule = ({ breaker, agentHealthUrl }) =>
  breaker.state === 'closed' || agentHealthUrl === null
    ? null
    : {
        sentence:
          'Nothing needs to be sent again by hand: held messages go out by themselves when the Agent service answers. Check the Agent service.',
        link: { to: agentHealthUrl, label: 'Open its health check' },
      };

const followReplay: StepRule = ({ replays, refusals }) => {
  const replay =
    replays.find(({ state }) => state === 'running') ?? replays.find(({ state }) => state === 'paused');
  if (!replay) return null;
  const pointless = replay.state === 'paused' || replay.dead > 0;
  if (pointless && stillRejects(refusals)) return replayIntoRefusals(replay);
  if (replay.state === 'paused') {
    const sentence = `Replay ${replay.id} is paused with ${countText(replay.waiting, 'webhook')} left: let it go on when you are ready.`;
    return {
      sentence,
      form: { action: `/api/replays/${replay.id}/resume`, label: 'Resume the replay', fields: {} },
    };
  }
  const sentence = `Replay ${replay.id} is running: ${countText(replay.waiting, 'webhook')} of ${replay.total} left. Watch it.`;
  return { sentence, link: { to: LINKS.replays, label: 'Watch the replay' } };
};

/** More of it would only become dead letters again. */
function replayIntoRefusals({ id, state, waiting }: OverviewFigures['replays'][number]): NextStep {
  const left = countText(waiting, 'webhook');
  const why = 'the Agent service still rejects messages';
  if (state === 'paused')
    return {
      sentence: `Replay ${id} is paused with ${left} left, and ${why}: repair it first, then resume the replay.`,
      link: { to: LINKS.replays, label: 'See the replay' },
    };
  return {
    sentence: `Pause replay ${id} with ${left} left: ${why}. Repair it first.`,
    form: { action: `/api/replays/${id}/pause`, label: 'Pause the replay', fields: {} },
    link: { to: LINKS.deadLetters, label: 'See why' },
  };
}

// What failed before the repair says nothing about now.
const replay: StepRule = (figures) => {
  const { dead, recent, refusals } = figures;
  const { unclaimed } = dead;
  if (unclaimed === 0) return null;
  const many = countText(unclaimed, dead.messages === unclaimed ? 'message' : 'webhook');
  if (stillRejects(refusals)) {
    const taken = refusals.okSince === 0 ? ', none taken since' : '';
    const sentence = `The Agent service still rejects messages: ${numberText(refusals.refused)} in the last 10 min${taken}. Repair it first, then replay ${many}.`;
    return { sentence, link: { to: LINKS.deadLetters, label: 'See why' } };
  }
  if (failsNow(recent)) {
    const sentence = `${many} could not be delivered, and ${recent.failed} of ${countText(recent.ok + recent.failed, 'attempt')} of the last minute failed: see why before you replay.`;
    return { sentence, link: { to: LINKS.deadLetters, label: 'See why' } };
  }
  const answered = dead.answered ?? 0;
  if (answered >= unclaimed)
    return {
      sentence: `A person has answered since in all conversations of the ${many} that could not be delivered: there is nothing to replay. Discard what is done.`,
      link: { to: LINKS.deadLetters, label: 'See the dead letters' },
    };
  const careful = unclaimed > REPLAY_CAREFULLY_ABOVE || (unclaimed > 1 && refusals.refused > 0);
  const how = careful ? ' A few go first, the rest only if they are accepted.' : '';
  const leaves = dead.answered === null ? ' What a person has answered since is left out.' : '';
  const noun = dead.messages === unclaimed ? 'message' : 'webhook';
  return {
    sentence: `The Agent service answers: send what could not be delivered again, oldest first.${how}${leaves}`,
    ...(answered > 0 && { link: { to: '/dead-letters/replay?scope=all', label: 'Include them…' } }),
    form: {
      action: '/api/dead-letters/replay',
      label: replayLabel(unclaimed - answered, answered, noun),
      fields: {
        ...Object.fromEntries(selectionToParams({ all: true })),
        mode: careful ? 'careful' : 'normal',
        skipAnswered: '1',
      },
    },
  };
};

/** Nothing is broken, and yet somebody is about to be late. */
const answerCustomers: StepRule = ({ outage }) => {
  const customers = customersWaiting(outage.waiting.figures);
  if (!customers || customers.breached + customers.dueSoon === 0) return null;
  const who = `${waitForAnswer(customers.count)}, ${dueText(customers)}`;
  if (customers.unassigned === 0)
    return {
      sentence: `Answer customers: ${who}.`,
      link: { to: LINKS.waiting, label: 'Open Customers waiting' },
    };
  return {
    sentence: `Answer customers or assign them: ${who}. ${numberText(customers.unassigned)} ${customers.unassigned === 1 ? 'has' : 'have'} nobody yet.`,
    link: { to: '/waiting?show=unassigned#now', label: 'See who has nobody' },
  };
};

const emptyQuarantine: StepRule = ({ intake }) =>
  intake.quarantined === 0
    ? null
    : {
        sentence:
          'Have whoever runs this app look at what was set aside: the warning on this page says where it is and how it is tried again.',
      };

const cureRefusals: StepRule = ({ intake }) => {
  const worst = intake.rejected[0];
  if (!worst) return null;
  return { sentence: `Webhooks are being refused. ${cureOfRejection(worst.reason)}` };
};

/** Until somebody has connected it, no webhook can be genuine. */
const registerWebhook: StepRule = ({ intake }) =>
  intake.credentials === 'none' && !intake.open ? { sentence: CONNECT_CURE } : null;

const protectEndpoint: StepRule = ({ intake }) => (intake.open ? { sentence: OPEN_ENDPOINT_CURE } : null);

/** The cure stands beside the warning too; here it is the one thing to do. */
const mendSafetyNet: StepRule = ({ safetyNets: [net] }) =>
  net ? { sentence: net.cure, ...(net.link && { link: net.link }) } : null;

const prove: StepRule = (figures) =>
  isUnproved(figures)
    ? {
        sentence: 'Prove that what customers write arrives: send a test message through Chatwoot.',
        link: PROVE,
      }
    : null;

const decideWithheld: StepRule = ({ withheld }) =>
  withheld > 0 ? { sentence: WITHHELD_CURE, link: WITHHELD_LINK } : null;

/** It is over, but not told yet: a day later nobody remembers it. */
const writeReport: StepRule = ({ outage: { reportDue } }) => {
  if (!reportDue) return null;
  const { incidentId, dueInMs } = reportDue;
  const when =
    dueInMs > 0 ? `it is due in ${durationText(dueInMs)}` : `it has been due for ${durationText(-dueInMs)}`;
  return {
    sentence: `Write and sign the report of incident ${incidentId}: ${when}.`,
    link: { to: `/incidents/${incidentId}/report`, label: 'Open the report' },
  };
};

/** In order of urgency: the first that applies is the next step. */
const RULES: readonly StepRule[] = [
  countEveryRow,
  connect,
  startWorker,
  answerMeanwhile,
  incidentStep,
  registerAgainStep,
  leaveFallback,
  checkAgent,
  followReplay,
  replay,
  afterIncidentStep,
  emptyQuarantine,
  registerWebhook,
  cureRefusals,
  protectEndpoint,
  prove,
  mendSafetyNet,
  decideWithheld,
  answerCustomers,
  writeReport,
];

/** The one thing to do now; "Nothing to do." when nothing is. */
export function decideNextStep(figures: OverviewFigures): NextStep {
  for (const rule of RULES) {
    const step = rule(figures);
    if (step) return step;
  }
  return { sentence: 'Nothing to do.' };
}
