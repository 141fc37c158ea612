import { lineOf, wrong, type Read } from './fields.ts';

export interface ContactInput {
  role: string;
  /** Empty while nobody is named. */
  name: string;
  /** Executives are told of an outage; responders are expected to work on it. */
  audience: 'responder' | 'executive';
}

const LONGEST_ROLE = 60;
const LONGEST_NAME = 100;

/** A role, as contacts and the policy's steps name it. */
export function readRole(fields: URLSearchParams): Read<string> {
  const role = lineOf(fields.get('role'));
  if (!role) return wrong('role', 'Say which role it is, e.g. Support Lead.');
  if (role.length > LONGEST_ROLE) return wrong('role', `A role has at most ${LONGEST_ROLE} characters.`);
  return { ok: true, value: role };
}

export function readContact(fields: URLSearchParams): Read<ContactInput> {
  const role = readRole(fields);
  if (!role.ok) return role;
  const name = lineOf(fields.get('name'));
  if (name.length > LONGEST_NAME) return wrong('name', `A name has at most ${LONGEST_NAME} characters.`);
  const audience = fields.get('audience');
  if (audience !== 'responder' && audience !== 'executive')
    return wrong('audience', 'Choose whether this is a responder or an executive.');
  return { ok: true, value: { role: role.value, name, audience } };
}
