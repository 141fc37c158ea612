import type { AppLoadContext } from '@remix-run/node';
import { problemResponse } from '../../lib/problem.ts';
import { readForm } from '../../lib/read-form.server.ts';
import type { Actor } from '../audit/actor.ts';
import { may, type Permission } from './permissions.ts';

/** Longest name that a form may give. */
const MAX_NAME = 100;

/** Who replays when the form names nobody. */
const NOBODY_NAMED = 'support lead';

/**
 * Who makes a request, if the right is theirs; the one place where routes ask. Call it before the body is read.
 * Nobody signs in yet: whoever reaches the app may do everything, under the name in the form's field `actor`.
 * @throws Response that refuses the request
 */
export async function authorize(
  { request, context }: { request: Request; context: AppLoadContext },
  permission: Permission,
): Promise<Actor> {
  const named = await nameInForm(request);
  const name = named || (permission === 'dead_letters.replay' ? NOBODY_NAMED : '');
  const actor: Actor = {
    id: `form:${name}`,
    name,
    role: 'operator',
    via: 'form',
    from: context.clientAddress,
  };
  if (may(actor.role, permission)) return actor;
  throw problemResponse({
    status: 403,
    title: 'Not allowed',
    code: 'not_allowed',
    detail: 'Your role does not allow this.',
  });
}

async function nameInForm(request: Request): Promise<string> {
  if (request.method !== 'POST') return '';
  const form = await readForm(request.clone());
  return form.outcome === 'form' ? (form.fields.get('actor') ?? '').trim().slice(0, MAX_NAME) : '';
}
