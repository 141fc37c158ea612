import type { AppLoadContext } from '@remix-run/node';
import type { Actor } from '../../audit/actor.ts';
import type { AdminRefusal } from './admin-change.server.ts';
import {
  changeRole,
  deactivatePerson,
  reactivatePerson,
  signOutEverywhere,
  unlinkPerson,
  type PersonOutcome,
} from './change-people.server.ts';
import type { PeopleDone } from '../access-words.ts';
import { createResetLink, invitePerson, withdrawLink } from '../links/make-links.server.ts';
import { parseEmail, parseRole } from './person-input.ts';
import { parseRowNumber } from '../../../lib/http/row-number.ts';

export type PeopleResult =
  | { outcome: 'done'; done: PeopleDone }
  /** Shown once: only its hash is kept. */
  | { outcome: 'link'; url: string; what: 'invite' | 'reset'; who: string }
  | { outcome: 'problem'; problem: string; status: number };

const problem = (text: string, status = 400): PeopleResult => ({ outcome: 'problem', problem: text, status });

/** Does what a form of the page "People" asks for; its field `do` names it. */
export async function changePeopleByForm(
  { services, access }: Pick<AppLoadContext, 'services' | 'access'>,
  { fields, actor, now }: { fields: URLSearchParams; actor: Actor; now: Date },
): Promise<PeopleResult> {
  const personId = (fields.get('person') ?? '').slice(0, 100);
  const own = { personId, actor, now };
  switch (fields.get('do')) {
    case 'invite': {
      const email = parseEmail(fields.get('email'));
      const role = parseRole(fields.get('role'));
      if (!email || !role) return problem('Give an e-mail address and a role.');
      const invited = await invitePerson(services, { email, role, actor, now });
      if (invited.outcome === 'email_taken') return problem(`${email} is among the people already.`, 409);
      if (invited.outcome !== 'invited') return refused(invited);
      return {
        outcome: 'link',
        url: `${access.baseUrl()}/invite/${invited.token}`,
        what: 'invite',
        who: email,
      };
    }
    case 'withdraw': {
      const id = parseRowNumber(fields.get('invitation'));
      if (id === null) return problem('There is no such link.', 404);
      return answerOf(await withdrawLink(services, { id, actor, now }), 'withdrawn');
    }
    case 'role': {
      const role = parseRole(fields.get('role'));
      if (!role) return problem('A role is viewer, responder or admin.');
      return answerOf(await changeRole(services, { ...own, role }), 'role');
    }
    case 'deactivate':
      return answerOf(await deactivatePerson(services, own), 'deactivated');
    case 'reactivate':
      return answerOf(await reactivatePerson(services, own), 'reactivated');
    case 'sign-out':
      return answerOf(await signOutEverywhere(services, own), 'signed_out');
    case 'unlink':
      return answerOf(await unlinkPerson(services, own), 'unlinked');
    case 'reset': {
      const made = await createResetLink(services, own);
      if (made.outcome === 'not_changed') return problem('There is no such person.', 404);
      if (made.outcome !== 'made') return refused(made);
      return {
        outcome: 'link',
        url: `${access.baseUrl()}/invite/${made.token}`,
        what: 'reset',
        who: (fields.get('name') ?? '').slice(0, 100),
      };
    }
    case null:
    default:
      return problem('The form was not understood.');
  }
}

function answerOf(answer: PersonOutcome, done: PeopleDone): PeopleResult {
  switch (answer.outcome) {
    case 'changed':
      return { outcome: 'done', done };
    case 'not_changed':
      return { outcome: 'done', done: 'nothing' };
    case 'last_admin':
    case 'no_longer_admin':
      return refused(answer);
  }
}

function refused({ outcome }: AdminRefusal): PeopleResult {
  return outcome === 'last_admin'
    ? problem('Not done: this is the only admin. Make somebody else one first.', 409)
    : problem('Not done: you are not an admin any more.', 403);
}
