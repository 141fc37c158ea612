import type { ComponentState } from './health-view.ts';
import type { ProbeErrorClass, ProbePlan, ProbeResult } from './probes/probe.ts';

/** What is known of a component after a tick: its row in `health_components`. */
export interface ComponentRecord {
  name: string;
  label: string;
  state: ComponentState;
  since: Date;
  /** Failed checks in a row; inconclusive ones in between neither count nor end the row. */
  failures: number;
  /** Good checks in a row. */
  successes: number;
  /** Of the present row of failures. */
  firstFailedAt: Date | null;
  lastOkAt: Date | null;
  checkedAt: Date;
  status: number | null;
  errorClass: string | null;
  detail: string;
  target: string;
  latencyMs: number | null;
}

export interface HealthEvaluation {
  /** The results, with those marked inconclusive that are. */
  results: ProbeResult[];
  components: ComponentRecord[];
}

/**
 * Judges the components from one tick's results (docs/decisions/0008-outages.md). A component fails when one of its probes
 * fails; a refused token, a throttle or an account that may not be used is `degraded`. When none of at least two things on the network was reached, that says something
 * of this app's own network and nothing of theirs: inconclusive.
 */
export function evaluateHealth(
  plans: readonly Pick<ProbePlan, 'component' | 'label'>[],
  found: readonly ProbeResult[],
  previous: readonly ComponentRecord[],
  now: Date,
): HealthEvaluation {
  const results = excuseIdleConnection(markInconclusive(found));
  const names = [...new Map(plans.map(({ component, label }) => [component, label]))];
  const components = names.flatMap(([name, label]) => {
    const own = results.filter(({ component }) => component === name);
    const before = previous.find((component) => component.name === name);
    return own.length === 0 ? [] : [{ ...judge(own, before, now), name, label }];
  });
  return { results, components };
}

/**
 * Chatwoot's `/api` says that its database fails when the connection was not used before, as after five idle minutes. While
 * the profile is read from the same database that is no outage; with it failing too it is one.
 */
function excuseIdleConnection(results: readonly ProbeResult[]): ProbeResult[] {
  const isRead = results.some(({ probe, outcome }) => probe === 'chatwoot.auth' && outcome === 'ok');
  if (!isRead) return [...results];
  return results.map((result) =>
    result.errorClass === 'data_failing'
      ? {
          ...result,
          outcome: 'ok',
          errorClass: null,
          detail: `${result.detail}; it does not: the profile was read from it, on a connection that was in use`,
        }
      : result,
  );
}

/** What keeps this app from working with Chatwoot while Chatwoot itself works for customers. */
const NOT_DOWN: readonly (ProbeErrorClass | null)[] = [
  'token_refused',
  'throttled',
  'plan_without_api',
  'account_suspended',
  'account_unknown',
];

/** A target on this machine proves nothing of the network, unless there are no others, as in a sandbox. */
function markInconclusive(results: readonly ProbeResult[]): ProbeResult[] {
  const networked = results.filter((result) => result.network !== null);
  const elsewhere = networked.filter((result) => !result.network?.loopback);
  const witnesses = elsewhere.length > 0 ? elsewhere : networked;
  const isGone =
    new Set(witnesses.map(({ component }) => component)).size >= 2 &&
    witnesses.every((result) => !result.network?.reached);
  if (!isGone) return [...results];
  return results.map((result) =>
    witnesses.includes(result) ? { ...result, outcome: 'inconclusive' } : result,
  );
}

function judge(
  results: readonly ProbeResult[],
  before: ComponentRecord | undefined,
  now: Date,
): Omit<ComponentRecord, 'name' | 'label'> {
  const inconclusive = results.find(({ outcome }) => outcome === 'inconclusive');
  const failed = results.find(
    ({ outcome, errorClass }) => outcome === 'failed' && !NOT_DOWN.includes(errorClass),
  );
  const refused = results.find(({ errorClass }) => errorClass !== null && NOT_DOWN.includes(errorClass));
  const state = inconclusive ? 'inconclusive' : failed ? 'down' : refused ? 'degraded' : 'up';
  const telling = inconclusive ?? failed ?? refused ?? results[0]!;
  return {
    state,
    since: before?.state === state ? before.since : now,
    ...countersAfter(state, before, now),
    checkedAt: now,
    status: telling.status,
    errorClass: telling.errorClass,
    detail: inconclusive ? `not known: this app cannot reach anything (${telling.detail})` : telling.detail,
    target: telling.target,
    latencyMs: state === 'down' || state === 'inconclusive' ? null : telling.latencyMs,
  };
}

type Counters = Pick<ComponentRecord, 'failures' | 'successes' | 'firstFailedAt' | 'lastOkAt'>;

function countersAfter(
  state: 'inconclusive' | 'down' | 'degraded' | 'up',
  before: Counters | undefined,
  now: Date,
): Counters {
  const { failures = 0, successes = 0, firstFailedAt = null, lastOkAt = null } = before ?? {};
  switch (state) {
    case 'inconclusive':
      return { failures, successes, firstFailedAt, lastOkAt };
    case 'down':
      return { failures: failures + 1, successes: 0, firstFailedAt: firstFailedAt ?? now, lastOkAt };
    case 'degraded':
      return { failures: 0, successes: 0, firstFailedAt: null, lastOkAt };
    case 'up':
      return { failures: 0, successes: successes + 1, firstFailedAt: null, lastOkAt: now };
  }
}
