import { isPage } from '../../../lib/http/attempt-outcome.ts';
import { wordOf } from '../../../lib/json.ts';
import { storableName } from '../../../lib/storable.ts';
import { classOfStatus, type ProbeErrorClass, type ProbeVerdict } from './probe.ts';

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
export function judgeStatus(answer: Answer): ProbeVerdict {
  const { status, redirectsTo } = answer;
  const ok = status >= 200 && status < 300;
  const leads = redirectsTo ? `, it redirects to ${redirectsTo}: put that into the settings` : '';
  return {
    ok,
    status,
    errorClass: ok ? null : classOfStatus(status),
    detail: `${answered(answer)}${status === 429 ? ', it asks us to slow down' : ''}${leads}`,
  };
}

/** Chatwoot's `/api` answers 200 even while a part of it fails: what counts is its body. */
export function judgeApi(answer: Answer): ProbeVerdict {
  const byStatus = judgeStatus(answer);
  if (!byStatus.ok) return byStatus;
  const json = parsed(answer.body);
  const { version, queue_services: queue, data_services: data } = json ?? {};
  if (typeof version !== 'string') return notChatwoot(answer, byStatus);
  const failing = [queue === 'failing' && 'queue (Redis)', data === 'failing' && 'database'].filter(Boolean);
  if (failing.length > 0)
    return {
      ...byStatus,
      ok: false,
      errorClass: queue === 'failing' ? 'services_failing' : 'data_failing',
      detail: `${answered(answer)}, but Chatwoot says that its ${failing.join(' and its ')} ${failing.length > 1 ? 'fail' : 'fails'}`,
    };
  return {
    ...byStatus,
    detail: `${answered(answer)}: queue ${word(queue)}, data ${word(data)}, version ${storableName(version, 20)}`,
  };
}

/** Where Chatwoot says that it lives: `{"status":"woot"}` at `/health`; a web page there is another server's. */
export function judgeLive(answer: Answer): ProbeVerdict {
  const byStatus = judgeStatus(answer);
  const isOther = answer.path === '/health' && parsed(answer.body)?.status !== 'woot';
  return byStatus.ok && isOther ? notChatwoot(answer, byStatus) : byStatus;
}

/**
 * `/api/v1/profile` with our token: 401 and 403 mean that Chatwoot works and the token does not. It also tells of the account.
 * @param accountId CHATWOOT_ACCOUNT_ID; left out, the account is not judged
 */
export function judgeProfile(answer: Answer, accountId?: string): ProbeVerdict {
  const byStatus = judgeStatus(answer);
  const failed = (errorClass: ProbeErrorClass, words: string): ProbeVerdict => ({
    ...byStatus,
    ok: false,
    errorClass,
    detail: `${answered(answer)}${words}`,
  });
  if (answer.status === 401 || answer.status === 403)
    return failed('token_refused', ': CHATWOOT_API_TOKEN is refused');
  if (!byStatus.ok) return byStatus;
  const accounts = parsed(answer.body)?.accounts;
  if (!Array.isArray(accounts)) return notChatwoot(answer, byStatus);
  if (accountId === undefined) return byStatus;
  const account = (accounts as unknown[]).find(
    (one): one is { status?: unknown } =>
      typeof one === 'object' && one !== null && wordOf((one as { id?: unknown }).id) === accountId,
  );
  if (!account)
    return failed(
      'account_unknown',
      `: the token's user is not in account ${accountId}, see CHATWOOT_ACCOUNT_ID`,
    );
  if (account.status === 'suspended')
    return failed('account_suspended', `: account ${accountId} is suspended`);
  return byStatus;
}

/**
 * A path of the account, asked after the profile was told: whether the account lets its API be used.
 * @param profile the verdict on the profile, which stands when the account answers
 */
export function judgeAccount(answer: Answer, profile: ProbeVerdict): ProbeVerdict {
  const failed = (errorClass: ProbeErrorClass, words: string): ProbeVerdict => ({
    ok: false,
    status: answer.status,
    errorClass,
    detail: `${answered(answer)}${words}`,
  });
  if (answer.status === 403)
    return failed(
      'plan_without_api',
      ': the profile is told, but this plan of Chatwoot has no API, and sends no webhooks',
    );
  if (answer.status === 401)
    return failed(
      'account_suspended',
      /suspended/i.test(wordOf(parsed(answer.body)?.error))
        ? ': the token is right, but the account is suspended'
        : ': the token is right, but the account is suspended or forbids it',
    );
  if (answer.status === 404)
    return failed('account_unknown', ': there is no such account, see CHATWOOT_ACCOUNT_ID');
  const byStatus = judgeStatus(answer);
  if (byStatus.ok && !parsed(answer.body)) return notChatwoot(answer, byStatus);
  return byStatus.ok ? profile : byStatus;
}

/** The Agent service's health check: a web page with status 200 is a proxy's or a host's, and no health. */
export function judgeAgent(answer: Answer): ProbeVerdict {
  const byStatus = judgeStatus(answer);
  if (!byStatus.ok || !isPage(answer.body)) return byStatus;
  return {
    ...byStatus,
    ok: false,
    errorClass: 'not_agent',
    detail: `${answered(answer)}, but it is a web page and no health check`,
  };
}

const notChatwoot = (answer: Answer, byStatus: ProbeVerdict): ProbeVerdict => ({
  ...byStatus,
  ok: false,
  errorClass: 'not_chatwoot',
  detail: `${answered(answer)}, but it is not a Chatwoot`,
});

/**
 * Our own endpoint from outside, asked with GET: only this app answers 405 with this problem, and it stores nothing.
 */
export function judgeIntake(answer: Answer): ProbeVerdict {
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
export function judgeTarget(answer: Answer): ProbeVerdict {
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
