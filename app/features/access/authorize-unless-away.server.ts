import type { AppLoadContext } from '@remix-run/node';
import { problemResponse } from '../../lib/problem.ts';
import { unlessAway } from '../../lib/unless-away.server.ts';
import type { Asker } from './asker.ts';
import { authorize } from './authorize.server.ts';
import type { Permission } from './permissions.ts';

/**
 * `authorize` for a form that may be sent while the database is away: nobody can be recognised then and nothing is done.
 * That is the answer, at once, and not that somebody may not.
 * @param back path that says so to a person
 * @throws Response that refuses the request
 */
export async function authorizeUnlessAway(
  call: { request: Request; context: AppLoadContext },
  permission: Permission,
  back: string,
): Promise<Asker> {
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
