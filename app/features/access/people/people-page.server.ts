import type { AppLoadContext } from '@remix-run/node';
import { parseRowNumber } from '../../../lib/http/form-fields.ts';
import type { Services } from '../../../lib/services.server.ts';
import type { Actor, Role } from '../../audit/actor.ts';
import type { PeopleDone } from '../access-words.ts';
import { type LinkKind, OPEN_LINK } from '../links/links.server.ts';
import { createResetLink, invitePerson, withdrawLink } from '../links/make-links.server.ts';
import type { AdminRefusal } from './admin-change.server.ts';
import {
  changeRole,
  deactivatePerson,
  type PersonOutcome,
  reactivatePerson,
  signOutEverywhere,
  unlinkPerson,
} from './change-people.server.ts';
import { parseEmail, parseRole } from './person-input.ts';

export interface PersonRow {
  id: string;
  name: string;
  email: string;
  role: Role;
  secondFactor: boolean;
  /** A single sign-on is linked. */
  singleSignOn: boolean;
  sessions: number;
  lastSeenAt: Date | null;
  deactivatedAt: Date | null;
}

/** A one-time link that may still be used. */
export interface OpenLink {
  id: number;
  kind: LinkKind;
  /** Whom it is for: an e-mail address, or somebody who is among the people; null when it names nobody. */
  email: string | null;
  name: string | null;
  /** Of the person to be; null for a reset. */
  role: Role | null;
  /** Who made it: a person's name, else the actor's id, e.g. `cli:maria`. */
  maker: string;
  expiresAt: Date;
}

/** More people than this are not listed; an outage team is smaller by far. */
const MAX_PEOPLE = 500;

/** Everybody who may or could sign in, and every link with which somebody can get in. */
export async function listPeople(
  { db }: Services,
  now: Date,
): Promise<{ people: PersonRow[]; links: OpenLink[] }> {
  const [people, links] = await Promise.all([
    db.pool.query<PersonRow>(
      `SELECT p.id, p.name, p.email, p.role, p.two_factor_enabled AS "secondFactor", EXISTS (
           SELECT 1 FROM sign_in_methods WHERE person_id = p.id AND provider_id <> 'credential') AS "singleSignOn", p.deactivated_at AS "deactivatedAt",
         count(s.id) AS sessions, max(s.created_at) AS "lastSeenAt"
       FROM people p LEFT JOIN sessions s ON s.person_id = p.id AND s.expires_at > $1
       GROUP BY p.id ORDER BY p.deactivated_at IS NOT NULL, p.name, p.id LIMIT ${MAX_PEOPLE}`,
      [now],
    ),
    db.pool.query<OpenLink>(
      `SELECT l.id, l.kind, coalesce(p.email, l.email) AS email, p.name, l.role, l.expires_at AS "expiresAt",
         coalesce(maker.name, l.created_by) AS maker
       FROM access_links l LEFT JOIN people p ON p.id = l.person_id
         LEFT JOIN people maker ON 'person:' || maker.id = l.created_by
       WHERE ${OPEN_LINK} ORDER BY l.id DESC LIMIT ${MAX_PEOPLE}`,
      [now],
    ),
  ]);
  return { people: people.rows, links: links.rows };
}

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
