import { toDataURL } from 'qrcode';
import { type Asker, TOKEN_PERMISSIONS } from '../permissions.ts';
import {
  type AccountOutcome,
  beginSecondFactor,
  type BeginSecondFactorOutcome,
  changePassword,
  confirmSecondFactor,
  endOwnSessions,
  endSession,
  passwordProblem,
  turnSecondFactorOff,
  unlinkOwn,
} from './change-account.server.ts';
import { createToken, DEFAULT_TOKEN_DAYS, revokeToken, TOKEN_DAYS } from '../tokens/api-tokens.server.ts';
import type { AccountDone } from '../access-words.ts';
import { parseName } from '../people/person-input.ts';
import type { Caller } from '../sign-in/sign-in.server.ts';
import { changeSavedFilter } from './own-account.server.ts';
import { choiceCookie, COOKIES, THEMES } from '../../../lib/browser-choices.ts';
import { knownZone } from '../../../lib/zone.ts';
import { parseRowNumber } from '../../../lib/http/form-fields.ts';

export type AccountResult =
  /** `at`: where it was asked for, when that is not the page "Account". */
  | { outcome: 'done'; done: AccountDone; headers?: Headers; at?: string }
  /** Shown once: only its hash is kept. */
  | { outcome: 'token'; token: string; name: string }
  /** What the authenticator app has to know; shown once. */
  /** `picture`: the address as a QR code, a data URL. */
  | { outcome: 'second_factor'; uri: string; picture: string; secret: string; backupCodes: string[] }
  | { outcome: 'problem'; problem: string; status: number };

const problem = (text: string, status = 400): AccountResult => ({
  outcome: 'problem',
  problem: text,
  status,
});

/** Does what a form of the page "Account" asks for; its field `do` names it. */
export async function changeAccountByForm(
  caller: Caller,
  { fields, asker, now }: { fields: URLSearchParams; asker: Asker; now: Date },
): Promise<AccountResult> {
  const { services } = caller;
  const password = (fields.get('password') ?? '').slice(0, 1024);
  switch (fields.get('do')) {
    case 'password': {
      const current = (fields.get('current') ?? '').slice(0, 1024);
      const weak = passwordProblem(password, [asker.email, asker.name]);
      if (weak) return problem(weak);
      if (password !== fields.get('again')) return problem('The two new passwords are not the same.');
      const { sessionToken } = asker;
      if (!sessionToken) return problem('Sign in again first.', 401);
      return answerOf(
        await changePassword(caller, { asker, sessionToken, current, next: password, now }),
        'password',
      );
    }
    case 'end-session': {
      const id = (fields.get('session') ?? '').slice(0, 100);
      return answerOf(await endSession(caller, { asker, id, now }), 'session');
    }
    case 'sign-out-everywhere':
      return answerOf(await endOwnSessions(caller, { asker, now }), 'signed_out');
    case 'unlink':
      return answerOf(await unlinkOwn(caller, { asker, now }), 'unlinked');
    case 'second-factor-begin': {
      const begun: BeginSecondFactorOutcome = await beginSecondFactor(caller, { asker, password, now });
      if (begun.outcome !== 'begun') return answerOf(begun, 'nothing');
      const { uri, secret, backupCodes } = begun;
      const picture = await toDataURL(uri, { margin: 2, width: 220 });
      return { outcome: 'second_factor', uri, picture, secret, backupCodes };
    }
    case 'second-factor-confirm': {
      const code = (fields.get('code') ?? '').slice(0, 64);
      return answerOf(await confirmSecondFactor(caller, { asker, code, now }), 'second_factor_on');
    }
    case 'second-factor-off':
      return answerOf(await turnSecondFactorOff(caller, { asker, password, now }), 'second_factor_off');
    case 'browser':
      return chooseForBrowser(caller, fields);
    case 'save-filter':
    case 'forget-filter': {
      const at = await changeSavedFilter(services, { fields, personId: asker.personId!, now });
      return at === null
        ? problem('Give the filter a name, so that you find it again.')
        : { outcome: 'done', done: 'browser', at };
    }
    case 'first-steps':
      return putStepsAway(caller, fields.get('steps') === 'away');
    case 'token-create':
      return makeToken(caller, fields, asker, now);
    case 'token-revoke': {
      const id = parseRowNumber(fields.get('token'));
      if (id === null) return problem('There is no such token.', 404);
      const { outcome } = await revokeToken(services, { id, actor: asker, now });
      return { outcome: 'done', done: outcome === 'changed' ? 'token_revoked' : 'nothing' };
    }
    case null:
    default:
      return problem('The form was not understood.');
  }
}

/** Theme and time zone of the browser that the form came from: cookies of a year, and nothing on record. */
function chooseForBrowser({ services, request }: Caller, fields: URLSearchParams): AccountResult {
  const theme = THEMES.find((one) => one === fields.get('theme'));
  const wished = (fields.get('zone') ?? '').trim();
  const zone = wished === '' ? '' : knownZone(wished);
  if (!theme) return problem('The form was not understood.');
  if (zone === null)
    return problem('Not kept: no time zone has that name. One is, for example, Europe/Berlin.');
  const secure = isSecure(services, request);
  const headers = new Headers();
  headers.append('Set-Cookie', choiceCookie(COOKIES.theme, theme === 'system' ? '' : theme, secure));
  headers.append('Set-Cookie', choiceCookie(COOKIES.zone, zone, secure));
  return { outcome: 'done', done: 'browser', headers };
}

const isSecure = ({ config }: Caller['services'], request: Request): boolean =>
  (config.APP_URL ?? request.url).startsWith('https:');

/** The list of first steps, of Now in this browser: puts it away, and takes it out again. */
function putStepsAway({ services, request }: Caller, away: boolean): AccountResult {
  const cookie = choiceCookie(COOKIES.steps, away ? 'away' : '', isSecure(services, request));
  return { outcome: 'done', done: 'browser', headers: new Headers({ 'Set-Cookie': cookie }), at: '/' };
}

async function makeToken(
  { services }: Caller,
  fields: URLSearchParams,
  asker: Asker,
  now: Date,
): Promise<AccountResult> {
  const name = parseName(fields.get('name'));
  const wished = fields.getAll('permission');
  const permissions = TOKEN_PERMISSIONS.filter(
    (permission) => wished.includes(permission) && asker.permissions.includes(permission),
  );
  if (!name) return problem('Give the token a name, so that you know later what it is for.');
  if (permissions.length === 0) return problem('Choose at least one thing that the token may do.');
  const days = TOKEN_DAYS.find(
    (choice) => String(choice) === (fields.get('days') ?? String(DEFAULT_TOKEN_DAYS)),
  );
  if (days === undefined) return problem(`A token is valid for ${TOKEN_DAYS.join(', ')} days.`);
  const made = await createToken(services, { name, permissions, owner: asker, days, now });
  if (!made) return problem('Not done: you are not an admin any more.', 403);
  return { outcome: 'token', token: made.token, name };
}

function answerOf(outcome: AccountOutcome | BeginSecondFactorOutcome, done: AccountDone): AccountResult {
  switch (outcome.outcome) {
    case 'changed':
      return { outcome: 'done', done, headers: outcome.headers };
    case 'begun':
    case 'not_changed':
      return { outcome: 'done', done: 'nothing' };
    case 'wrong_password':
      return problem('That is not your password.', 403);
    case 'needed':
      return problem('Not done: admins need a second factor here.', 403);
    case 'wrong_code':
      return problem('That code is not right. Begin again and enter the code that the app shows then.', 403);
    case 'too_many_tries':
      return problem(`Too many tries. Wait ${Math.ceil(outcome.retryAfterSeconds / 60)} min.`, 429);
  }
}
