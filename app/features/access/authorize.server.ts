import type { AppLoadContext } from '@remix-run/node';
import { unlessAway } from '../../lib/database/transaction.server.ts';
import { type FormAction, receiveForm, receiveUpload } from '../../lib/http/form-action.server.ts';
import { type Problem, problemResponse } from '../../lib/http/problem.ts';
import { identify } from './identify.server.ts';
import { type Asker, holds, type Permission } from './permissions.ts';

const REFUSALS = {
  not_signed_in: {
    status: 401,
    title: 'Not signed in',
    code: 'not_signed_in',
    detail: 'Sign in, or send an API token as "Authorization: Bearer …".',
    headers: { 'WWW-Authenticate': 'Bearer realm="Outage Center"' },
  },
  unknown_token: {
    status: 401,
    title: 'Unknown token',
    code: 'unknown_token',
    detail:
      'This API token does not exist, was revoked, has expired, or belongs to somebody who was deactivated.',
    headers: { 'WWW-Authenticate': 'Bearer realm="Outage Center", error="invalid_token"' },
  },
  not_allowed: {
    status: 403,
    title: 'Not allowed',
    code: 'not_allowed',
    detail: 'Your role does not allow this. An admin can change it on the page "People".',
  },
  second_factor_needed: {
    status: 403,
    title: 'Turn on your second factor first',
    code: 'second_factor_needed',
    detail:
      'Admins need a second factor here. Turn it on on the page "Account"; until then you may do what a viewer may.',
  },
  database_away: {
    status: 503,
    title: 'Sign-in cannot be checked',
    code: 'database_away',
    detail:
      'The database does not answer, so nobody can be recognised. Nothing was done. Webhooks are taken all the same.',
    headers: { 'Retry-After': '5' },
  },
} as const satisfies Record<string, Problem>;

interface Call {
  request: Request;
  context: AppLoadContext;
}

/**
 * Who makes a request, if the right is theirs; the one place where routes ask. A form is asked for with `authorizeForm`.
 * @throws Response that refuses the request: for a page the way to the sign-in, for everything else problem+json
 */
export async function authorize({ request, context }: Call, permission: Permission): Promise<Asker> {
  const who = await identify(request, context);
  switch (who.outcome) {
    case 'known':
      if (holds(who.asker, permission)) return who.asker;
      if (who.asker.isRecalled) throw problemResponse(REFUSALS.database_away);
      throw problemResponse(
        who.asker.needsSecondFactor ? REFUSALS.second_factor_needed : REFUSALS.not_allowed,
      );
    case 'nobody':
      throw asPerson(request) ? toSignIn(request) : problemResponse(REFUSALS.not_signed_in);
    case 'unknown_token':
      throw problemResponse(REFUSALS.unknown_token);
    case 'too_many_tries':
      throw problemResponse({
        status: 429,
        title: 'Too many tries',
        code: 'too_many_tries',
        detail: `Too many unknown tokens came from this address. Try again in ${who.retryAfterSeconds} s.`,
        headers: { 'Retry-After': String(who.retryAfterSeconds) },
      });
    case 'database_away':
      // The sign-in page says in words that the database is away.
      throw asPerson(request) ? toSignIn(request) : problemResponse(REFUSALS.database_away);
  }
}

/**
 * For an answer that takes long, such as a download: resolves when its reader has taken what there was so far, and throws when they
 * may not have the rest any more.
 */
export const mayHaveMore = (call: Call, permission: Permission) => async (): Promise<void> => {
  await call.context.drained();
  await authorize(call, permission);
};

const isRead = ({ method }: Request) => method === 'GET' || method === 'HEAD';

/** A page is asked for, or a browser sends a plain form: a person reads the answer. */
function asPerson(request: Request): boolean {
  if (!isRead(request)) return (request.headers.get('Accept') ?? '').includes('text/html');
  // A script asks for its data: the way to the sign-in is nothing to it.
  if (request.headers.get('Accept') === 'application/json') return false;
  const { pathname } = new URL(request.url);
  return !pathname.startsWith('/api/') && pathname !== '/events';
}

/** A form is not sent again after the sign-in: who looks at the page again decides anew. */
function toSignIn(request: Request): Response {
  const read = isRead(request);
  return new Response(null, {
    status: read ? 302 : 303,
    headers: { Location: read ? signInPath(request) : '/sign-in' },
  });
}

/** A form or a file, and who sent it. */
interface Sent<T> {
  actor: Asker;
  form: T;
}

/**
 * Who may not is refused before anything of the body is read; and once more when all of it is there, because a body can take
 * half a minute, and a role or an access can be taken away meanwhile.
 */
async function judgeTwice<T>(
  judge: () => Promise<Asker>,
  receive: () => Promise<T | Response>,
): Promise<Sent<T>> {
  await judge();
  const form = await receive();
  if (form instanceof Response) throw form;
  return { actor: await judge(), form };
}

/**
 * A form, and who sends it, if the right is theirs, both when it begins and when all of it is there.
 * @throws Response that refuses the request
 */
export const authorizeForm = (call: Call, permission: Permission): Promise<Sent<FormAction>> =>
  judgeTwice(
    () => authorize(call, permission),
    () => receiveForm(call.request, call.context.services.config.APP_URL),
  );

/**
 * The same of a form with a file.
 * @param maxBytes of the file
 * @throws Response that refuses the request
 */
export const authorizeUpload = (
  call: Call,
  permission: Permission,
  maxBytes: number,
): Promise<Sent<FormData>> =>
  judgeTwice(
    () => authorize(call, permission),
    () => receiveUpload(call.request, call.context.services.config.APP_URL, maxBytes),
  );

/**
 * `authorizeForm` for a form that may be sent while the database is away: nobody can be recognised then and nothing is done.
 * That is the answer, at once, and not that somebody may not.
 * @param back path that says so to a person
 * @throws Response that refuses the request
 */
export const authorizeFormUnlessAway = (
  call: Call,
  permission: Permission,
  back: string,
): Promise<Sent<FormAction>> =>
  judgeTwice(
    () => authorizeUnlessAway(call, permission, back),
    () => receiveForm(call.request, call.context.services.config.APP_URL),
  );

async function authorizeUnlessAway(call: Call, permission: Permission, back: string): Promise<Asker> {
  const asker = await unlessAway(call.context.services.db, () => authorize(call, permission));
  if (asker) return asker.value;
  if ((call.request.headers.get('Accept') ?? '').includes('application/json'))
    throw problemResponse({
      status: 503,
      title: 'Nothing was done',
      code: 'database_away',
      detail: 'The database does not answer. Try again when it does; webhooks are taken all the same.',
      headers: { 'Retry-After': '5' },
    });
  throw new Response(null, { status: 303, headers: { Location: back } });
}

/**
 * Choosing by words in a message tells, by how many match, what messages say: it takes the right to read them.
 * The filter is refused and not left out, because a selection without it would be a wider one.
 * @param fields of a form that selects dead letters
 * @returns the answer that refuses the request; null when it may go on
 */
export function refuseTextSearch(asker: Asker, fields: URLSearchParams): Response | null {
  if (!fields.get('text')?.trim() || holds(asker, 'texts.read')) return null;
  return problemResponse({
    status: 403,
    title: 'Not allowed',
    code: 'text_search_not_allowed',
    detail: 'Choosing by text needs the right "texts.read": leave out "text", or use a token that has it.',
  });
}

/** Where to sign in, to come back afterwards to the page that was asked for. */
function signInPath(request: { url: string }): string {
  const { pathname, search } = new URL(request.url);
  const wish = pathname + search;
  return wish === '/' ? '/sign-in' : `/sign-in?${new URLSearchParams({ returnTo: wish }).toString()}`;
}
