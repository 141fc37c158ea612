import { createHash } from 'node:crypto';
import type { ActionFunctionArgs } from '@remix-run/node';
import { unlessAway } from '../../lib/database/transaction.server.ts';
import type { FormAction } from '../../lib/http/form-action.server.ts';
import { type Problem, problemResponse } from '../../lib/http/problem.ts';
import type { Services } from '../../lib/services.server.ts';
import { authorizeForm, authorizeFormUnlessAway } from '../access/authorize.server.ts';
import type { Asker, Permission } from '../access/permissions.ts';

/** An answer is kept so long, hours; README and the description of the API say so. */
const KEPT_HOURS = 24;
/** Longest key, characters. */
const KEY_LENGTH = 255;
/** No action takes so long: what has no answer by then lost its process, s. */
const LONGEST_SECONDS = 120;

const REFUSALS = {
  key: {
    status: 400,
    title: 'Idempotency-Key not understood',
    code: 'idempotency_key_invalid',
    detail: `Nothing was done. An Idempotency-Key is 1 to ${KEY_LENGTH} visible characters, such as a UUID.`,
  },
  reused: {
    status: 422,
    title: 'Idempotency-Key already used',
    code: 'idempotency_key_reused',
    detail: 'Nothing was done: this key was sent with another request. Use a new key for each thing to do.',
  },
  outstanding: {
    status: 409,
    title: 'Still being done',
    code: 'idempotency_outstanding',
    detail: 'The first request with this key is still being done. Ask again in a second.',
    headers: { 'Retry-After': '1' },
  },
  unknown: {
    status: 409,
    title: 'Not known whether it was done',
    code: 'idempotency_unknown',
    detail:
      'The first request with this key was interrupted, and it is not done again. Look whether it took effect, then use a new key.',
  },
} as const satisfies Record<string, Problem>;

interface Acting extends ActionFunctionArgs {
  actor: Asker;
  form: FormAction;
}

/**
 * The action of an address of the API: lets in who may, reads the form, and does it. With an `Idempotency-Key` it is done once
 * for its asker, however often and at whatever moments it is sent, and each time the first answer is given, but for refusals
 * that pass (draft-ietf-httpapi-idempotency-key-header).
 * @param whenAway path of the page that says to a person that nothing was done because the database is away
 */
export const acting =
  (permission: Permission, act: (sent: Acting) => Promise<Response>, whenAway?: string) =>
  async (call: ActionFunctionArgs): Promise<Response> => {
    const { actor, form } = await (whenAway === undefined
      ? authorizeForm(call, permission)
      : authorizeFormUnlessAway(call, permission, whenAway));
    const header = call.request.headers.get('Idempotency-Key');
    const doIt = () => act({ ...call, actor, form });
    return header === null ? doIt() : once(call, { actor, form, header }, doIt);
  };

/**
 * One address of several whose verbs lie in one file, because they are of one thing.
 * @param ways by the last part of the address, as remix.config.js has it
 */
export const byLastPart =
  (ways: Record<string, (call: ActionFunctionArgs) => Response | Promise<Response>>) =>
  async (call: ActionFunctionArgs): Promise<Response> => {
    const last = /([^/]*)\/?$/.exec(new URL(call.request.url).pathname)![1]!.toLowerCase();
    const way = Object.hasOwn(ways, last) ? ways[last] : undefined;
    // Nobody writes an address of ours with escapes.
    if (!way) throw new Response(null, { status: 404, statusText: 'Not Found' });
    return way(call);
  };

/** What counts as the same request: the same address, fields in the same order, and kind of answer. */
const fingerprintOf = (request: Request, { fields, wantsJson }: FormAction): Buffer =>
  createHash('sha256')
    .update(`${new URL(request.url).pathname}\n${fields.toString()}\n${wantsJson}`)
    .digest();

async function once(
  { request, context }: ActionFunctionArgs,
  { actor, form, header }: { actor: Asker; form: FormAction; header: string },
  act: () => Promise<Response>,
): Promise<Response> {
  // The draft writes it in quotation marks; most clients leave them out.
  const key = header.replace(/^"(.*)"$/, '$1');
  if (!/^[\x21-\x7e]+$/.test(key) || key.length > KEY_LENGTH) return problemResponse(REFUSALS.key);
  const { pool, clock } = context.services.db;
  const fingerprint = fingerprintOf(request, form);
  const began = await pool.query(
    `INSERT INTO idempotency_keys (actor_id, key, fingerprint, began_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (actor_id, key) DO UPDATE SET fingerprint = $3, began_at = $4, status = NULL, type = NULL, location = NULL, body = NULL
       WHERE idempotency_keys.began_at < $4::timestamptz - make_interval(hours => $5)`,
    [actor.id, key, fingerprint, clock.now(), KEPT_HOURS],
  );
  if (began.rowCount === 0) return answerAgain(context.services, { actor, key, fingerprint });
  // What is thrown is an answer, too: it was refused. Anything else leaves the key without one, as a death does.
  const answer = await act().catch((thrown: unknown) => {
    if (thrown instanceof Response) return thrown;
    throw thrown;
  });
  const body = await answer.clone().text();
  const type = answer.headers.get('Content-Type');
  const keep = () =>
    mayBeTriedAgain(answer.status, type, body)
      ? pool.query('DELETE FROM idempotency_keys WHERE actor_id = $1 AND key = $2 AND status IS NULL', [
          actor.id,
          key,
        ])
      : pool.query(
          'UPDATE idempotency_keys SET status = $3, type = $4, location = $5, body = $6 WHERE actor_id = $1 AND key = $2',
          [actor.id, key, answer.status, type, answer.headers.get('Location'), body],
        );
  const problem = await unlessAway(context.services.db, keep).then(
    (kept) => (kept ? null : 'the database is away'),
    String,
  );
  // It is done, or refused, all the same, and says so; the key stays without an answer, as after a death.
  if (problem !== null)
    context.services.log.error({ problem }, 'the answer of an Idempotency-Key was not kept');
  return answer;
}

/**
 * Whether nothing was done for a reason that passes: no right yet, too often, or a service that was away. Such an answer is not
 * kept, so that the same request is done when it is sent again. One that is not sure of it is.
 */
function mayBeTriedAgain(status: number, type: string | null, body: string): boolean {
  if ([401, 403, 429].includes(status)) return true;
  if (status < 500 || type !== 'application/problem+json') return false;
  const { code, sure } = JSON.parse(body) as { code: string; sure?: boolean };
  return code !== 'database_lost' && sure !== false;
}

async function answerAgain(
  { db }: Services,
  { actor, key, fingerprint }: { actor: Asker; key: string; fingerprint: Buffer },
): Promise<Response> {
  const { rows } = await db.pool.query<{
    same: boolean;
    lost: boolean;
    status: number | null;
    type: string | null;
    location: string | null;
    body: string | null;
  }>(
    `SELECT fingerprint = $3 AS same, began_at < $4::timestamptz - make_interval(secs => $5) AS lost,
       status::int, type, location, body
     FROM idempotency_keys WHERE actor_id = $1 AND key = $2`,
    [actor.id, key, fingerprint, db.clock.now(), LONGEST_SECONDS],
  );
  const first = rows[0];
  if (!first) return problemResponse(REFUSALS.outstanding);
  if (!first.same) return problemResponse(REFUSALS.reused);
  if (first.status === null) return problemResponse(first.lost ? REFUSALS.unknown : REFUSALS.outstanding);
  const headers = new Headers({ 'Cache-Control': 'no-store', 'Idempotency-Replayed': 'true' });
  if (first.type) headers.set('Content-Type', first.type);
  if (first.location) headers.set('Location', first.location);
  return new Response(first.status === 303 ? null : first.body, { status: first.status, headers });
}

/** Removes keys whose answer is no longer given. */
export async function pruneIdempotencyKeys({ db }: Services): Promise<void> {
  await db.pool.query(
    'DELETE FROM idempotency_keys WHERE began_at < $1::timestamptz - make_interval(hours => $2)',
    [db.clock.now(), KEPT_HOURS],
  );
}
