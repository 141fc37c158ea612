import type { Verdict } from './probe.ts';
import { classOfStatus } from './probe-errors.ts';
import { storableName } from '../../lib/storable.ts';

/** An answer over HTTP, as far as a probe looks at it. */
export interface Answer {
  status: number;
  /** Path that was asked. */
  path: string;
  latencyMs: number;
  body: string;
  /** Where a redirect leads, without path; null when it is none. */
  redirectsTo: string | null;
}

/** A 2xx is health; redirects are not followed, because the token would go along. */
export function judgeStatus(answer: Answer): Verdict {
  const { status, redirectsTo } = answer;
  const ok = status >= 200 && status < 300;
  const leads = redirectsTo ? `, it redirects to ${redirectsTo}: put that into the settings` : '';
  return {
    ok,
    status,
    errorClass: ok ? null : classOfStatus(status),
    detail: `${answered(answer)}${leads}`,
  };
}

/** Chatwoot's `/api` answers 200 even while a part of it fails: what counts is its body. */
export function judgeApi(answer: Answer): Verdict {
  const byStatus = judgeStatus(answer);
  if (!byStatus.ok) return byStatus;
  const json = parsed(answer.body);
  const { version, queue_services: queue, data_services: data } = json ?? {};
  if (typeof version !== 'string')
    return {
      ...byStatus,
      ok: false,
      errorClass: 'not_chatwoot',
      detail: `${answered(answer)}, but it is not a Chatwoot`,
    };
  const failing = [queue === 'failing' && 'queue (Redis)', data === 'failing' && 'database'].filter(Boolean);
  if (failing.length > 0)
    return {
      ...byStatus,
      ok: false,
      errorClass: 'services_failing',
      detail: `${answered(answer)}, but Chatwoot says that its ${failing.join(' and its ')} ${failing.length > 1 ? 'fail' : 'fails'}`,
    };
  return {
    ...byStatus,
    detail: `${answered(answer)}: queue ${word(queue)}, data ${word(data)}, version ${storableName(version, 20)}`,
  };
}

/** `/api/v1/profile` with our token: 401 and 403 mean that Chatwoot works and the token does not. */
export function judgeProfile(answer: Answer): Verdict {
  const byStatus = judgeStatus(answer);
  if (answer.status === 401 || answer.status === 403)
    return {
      ...byStatus,
      errorClass: 'token_refused',
      detail: `${answered(answer)}: CHATWOOT_API_TOKEN is refused`,
    };
  if (byStatus.ok && !parsed(answer.body))
    return {
      ...byStatus,
      ok: false,
      errorClass: 'not_chatwoot',
      detail: `${answered(answer)}, but it is not a Chatwoot`,
    };
  return byStatus;
}

/**
 * Our own endpoint from outside, asked with GET: only this app answers 405 with this problem, and it stores nothing.
 */
export function judgeIntake(answer: Answer): Verdict {
  const isOurs =
    answer.status === 405 && parsed(answer.body)?.type === 'urn:outage-center:problem:method_not_allowed';
  if (isOurs) return { ok: true, status: 405, errorClass: null, detail: `reached in ${answer.latencyMs} ms` };
  const byStatus = judgeStatus(answer);
  const errorClass = byStatus.ok || answer.status < 500 ? 'not_ours' : byStatus.errorClass;
  return {
    ...byStatus,
    ok: false,
    errorClass,
    detail: `${answered(answer)}, and it is not this app that answers`,
  };
}

/** An additional target: anything below 400 is an answer. */
export function judgeTarget(answer: Answer): Verdict {
  const byStatus = judgeStatus(answer);
  const ok = answer.status < 400;
  return { ...byStatus, ok, errorClass: ok ? null : byStatus.errorClass, detail: answered(answer) };
}

const answered = ({ status, path, latencyMs }: Answer) => `${status} in ${latencyMs} ms at ${path}`;

const word = (value: unknown) => (typeof value === 'string' ? storableName(value, 20) : 'not said');

function parsed(text: string): Record<string, unknown> | null {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
