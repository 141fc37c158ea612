/** What an API call came to; only `ok` carries what was asked for. */
export type ChatwootAnswer<T> =
  | { outcome: 'ok'; value: T }
  /** 401: the token is wrong, or its user may not do this (Chatwoot answers both alike); or the account is suspended. */
  | { outcome: 'unauthorized'; suspended?: true }
  /** 403: on Chatwoot Cloud, a paid feature. */
  | { outcome: 'forbidden' }
  /** 404. `isPage`: Chatwoot knows no such path, or something before it answered; of a record that tells nothing. */
  | { outcome: 'not_found'; isPage?: true }
  /** 422, with Chatwoot's own words. */
  | { outcome: 'invalid'; detail: string }
  /** 429: too many requests in this minute. @see callPatiently */
  | { outcome: 'throttled'; retryAfterMs: number | null }
  | { outcome: 'redirected'; to: string }
  /** No usable answer: network, timeout, 5xx, or not Chatwoot at all. */
  | { outcome: 'unreachable'; detail: string };

export type ChatwootFailure = Exclude<ChatwootAnswer<never>, { outcome: 'ok' }>;

/** Why a call did not succeed, in a few words for a person; never the token. */
export function failureWords(failure: ChatwootFailure): string {
  switch (failure.outcome) {
    case 'unauthorized':
      return failure.suspended
        ? 'Chatwoot has suspended the account (401)'
        : 'Chatwoot refuses the access token, or its user may not do this (401)';
    case 'forbidden':
      return 'Chatwoot forbids it (403): mostly a plan without API';
    case 'not_found':
      return 'Chatwoot does not know it (404)';
    case 'invalid':
      return `Chatwoot does not take it (422): ${failure.detail}`;
    case 'throttled':
      return 'Chatwoot asks to slow down (429)';
    case 'redirected':
      return `Chatwoot redirects to ${failure.to}`;
    case 'unreachable':
      return `Chatwoot cannot be reached: ${failure.detail}`;
  }
}

/** A page, or another service's JSON. */
export const NO_CHATWOOT = 'its answer is not the one of a Chatwoot';

/** What was asked of one record: only Chatwoot itself, which answers in JSON, can say that it is gone. */
export const ofRecord = (answer: ChatwootAnswer<unknown>): ChatwootAnswer<unknown> =>
  answer.outcome === 'not_found' && answer.isPage
    ? { outcome: 'unreachable', detail: 'a web page that is not its own came with 404' }
    : answer;

/** @param read undefined when the answer is not of the expected shape */
export function mapped<T>(
  answer: ChatwootAnswer<unknown>,
  read: (json: unknown) => T | undefined,
): ChatwootAnswer<T> {
  if (answer.outcome !== 'ok') return answer;
  const value = read(answer.value);
  return value === undefined ? { outcome: 'unreachable', detail: NO_CHATWOOT } : { outcome: 'ok', value };
}
