import type { Config } from '../../lib/settings/config.ts';
import { clockWords } from '../../lib/time-words.ts';
import type { Severity } from '../../lib/severity.ts';
import { thresholdOf } from './adjustments.ts';
import { isStale, type RuleFigures, type RuleReading } from './rule-reading.ts';

type Settings = Pick<Config, 'ALERT_HEALTH_FAILURES' | 'HEALTH_CHECK_INTERVAL' | 'HEALTH_TIMEOUT'>;

interface HealthRule {
  rule: string;
  component: string;
  severity: Severity | 'warning';
  cause: string | null;
  title: string;
}

const RULES: HealthRule[] = [
  {
    rule: 'chatwoot_down',
    component: 'chatwoot',
    severity: 'P0',
    cause: 'chatwoot',
    title: 'Chatwoot does not answer',
  },
  {
    rule: 'agent_down',
    component: 'agent',
    severity: 'P1',
    cause: 'delivery',
    title: 'The Agent service does not answer',
  },
  {
    rule: 'intake_unreachable',
    component: 'intake',
    severity: 'P1',
    cause: 'intake',
    title: 'Webhooks cannot reach us from outside',
  },
  {
    rule: 'smtp_down',
    component: 'smtp',
    severity: 'warning',
    cause: null,
    title: 'The mail server does not answer: alerts by email would not go out',
  },
];

/** Rules over what the health checks recorded: runbook section 6, P0 when Chatwoot failed 2 checks in a row. */
export function readHealthRules(figures: RuleFigures, settings: Settings, now: Date): RuleReading[] {
  const targets = figures.components
    .filter(({ name }) => name.startsWith('target:'))
    .map((component): HealthRule => ({
      rule: component.name,
      component: component.name,
      severity: 'P2',
      cause: component.name,
      title: `${component.label} does not answer`,
    }));
  return [
    ...[...RULES, ...targets].map((rule) => readComponent(rule, figures, settings, now)),
    readToken(figures, settings, now),
    readNetwork(figures, settings),
  ];
}

function blank(rule: Omit<HealthRule, 'component'>, threshold: number): RuleReading {
  return {
    rule: rule.rule,
    state: 'unknown',
    severity: rule.severity,
    cause: rule.cause,
    related: null,
    title: rule.title,
    value: null,
    threshold,
    words: 'Not checked yet.',
    numbers: {},
    firstBadAt: null,
    evidenceAt: null,
    spacingMs: 0,
  };
}

const times = (n: number) => (n === 1 ? '1 check' : `${n} checks in a row`);

function readComponent(rule: HealthRule, figures: RuleFigures, settings: Settings, now: Date): RuleReading {
  const threshold = thresholdOf(figures, rule.rule, settings.ALERT_HEALTH_FAILURES);
  const reading = blank(rule, threshold);
  const component = figures.components.find(({ name }) => name === rule.component);
  if (!component || component.state === 'unknown') return reading;
  const { failures, firstFailedAt, checkedAt, detail, state } = component;
  const fires = `the rule fires at ${threshold}`;
  const numbers = { failures, firstFailedAt, checkedAt, detail };
  const told = { ...reading, value: failures, numbers, evidenceAt: checkedAt };
  if (isStale(component.checkedAt, settings, now, figures.speed))
    return { ...told, value: null, words: `Last checked at ${clockWords(checkedAt)}: not known since.` };
  if (state === 'inconclusive')
    return {
      ...told,
      words: `This app cannot reach anything: not known how ${component.label} does; ${fires} failed checks in a row.`,
    };
  if (failures === 0)
    return {
      ...told,
      state: 'ok',
      words: `The check at ${clockWords(checkedAt)} passed; ${fires} failed checks in a row.`,
    };
  const since = firstFailedAt ? ` since ${clockWords(firstFailedAt)}` : '';
  const words = `${times(failures)} failed${since}${detail ? ` (${detail})` : ''}; ${fires}.`;
  if (failures < threshold) return { ...told, words, firstBadAt: firstFailedAt, breaksRecovery: true };
  return { ...told, state: 'firing', words, firstBadAt: firstFailedAt ?? checkedAt };
}

/** A refused token, a throttle, a plan without API or a suspended account make Chatwoot `degraded`; two checks in a row, so that one odd answer is no alarm. */
function readToken(figures: RuleFigures, settings: Settings, now: Date): RuleReading {
  const reading = {
    ...blank(
      { rule: 'chatwoot_token', severity: 'warning', cause: null, title: 'Chatwoot refuses our calls' },
      2,
    ),
    related: 'chatwoot',
  };
  const component = figures.components.find(({ name }) => name === 'chatwoot');
  if (!component || isStale(component.checkedAt, settings, now, figures.speed)) return reading;
  const { state, since, checkedAt, detail } = component;
  const told = { ...reading, numbers: { since, checkedAt, detail }, evidenceAt: checkedAt };
  if (state === 'up') return { ...told, state: 'ok', value: 0, words: 'Chatwoot takes our calls.' };
  if (state !== 'degraded')
    return { ...told, words: 'Chatwoot does not answer: not known whether it takes our calls.' };
  const again = since < checkedAt;
  return {
    ...told,
    state: again ? 'firing' : 'unknown',
    value: again ? 2 : 1,
    words: `Chatwoot works, but has not worked for this app since ${clockWords(since)}${detail ? ` (${detail})` : ''}; the rule fires at 2 checks in a row.`,
    firstBadAt: since,
    breaksRecovery: true,
  };
}

/** Nothing at all answers: our own network, most likely. Never taken for an outage of Chatwoot, and never silent. */
function readNetwork(figures: RuleFigures, settings: Settings): RuleReading {
  const { network } = figures;
  const threshold = thresholdOf(figures, 'network', settings.ALERT_HEALTH_FAILURES);
  const reading = blank(
    { rule: 'network', severity: 'P1', cause: 'network', title: 'This app cannot reach anything' },
    threshold,
  );
  if (!network) return reading;
  const { inconclusive, since, checkedAt } = network;
  const told = {
    ...reading,
    value: inconclusive,
    numbers: { inconclusive, since, checkedAt },
    evidenceAt: checkedAt,
  };
  const fires = `the rule fires at ${threshold} checks in a row`;
  if (inconclusive === 0)
    return { ...told, state: 'ok', words: `Something answered at ${clockWords(checkedAt)}; ${fires}.` };
  return {
    ...told,
    state: inconclusive >= threshold ? 'firing' : 'unknown',
    words: `Nothing answered in ${times(inconclusive)}: inconclusive, our own network may be gone; ${fires}.`,
    firstBadAt: since,
    breaksRecovery: true,
  };
}
