import { acceptLink } from './accept-link.server.ts';
import { addressGroup } from './address-group.ts';
import { countTry, UNKNOWN_LINK } from './count-try.server.ts';
import { readLink, type Link, type LinkKind } from './links.server.ts';
import { parseEmail, parseName } from './person-input.ts';
import { passwordProblem } from './weak-password.server.ts';
import { signIn, type Caller, type SignInOutcome } from './sign-in.server.ts';

export type LinkFormOutcome =
  | SignInOutcome
  | { outcome: 'link_void' }
  /** Something to put right, in a sentence. */
  | { outcome: 'problem'; problem: string };

/** The link of an address, if it may be used. Guessing is hopeless with 256 bits, and is limited all the same. */
export async function openLink(
  { services, address }: Caller,
  token: string,
  kinds: readonly LinkKind[],
  now: Date,
): Promise<Link | null> {
  const link = await readLink(services.db.pool, token, kinds, now);
  if (!link) await countTry(services.db.pool, UNKNOWN_LINK, addressGroup(address), now);
  return link;
}

/** Takes the form of a one-time link: makes the person or sets the password, and signs in. */
export async function acceptLinkForm(
  caller: Caller,
  {
    token,
    kinds,
    fields,
    now,
  }: { token: string; kinds: readonly LinkKind[]; fields: URLSearchParams; now: Date },
): Promise<LinkFormOutcome> {
  const link = await openLink(caller, token, kinds, now);
  if (!link) return { outcome: 'link_void' };
  const name = parseName(fields.get('name'));
  const email = link.email ?? parseEmail(fields.get('email'));
  const password = fields.get('password') ?? '';
  if (!name && link.kind !== 'reset') return { outcome: 'problem', problem: 'Say what you are called.' };
  if (!email) return { outcome: 'problem', problem: 'This is not an e-mail address.' };
  const weak = passwordProblem(password, [email, name]);
  if (weak) return { outcome: 'problem', problem: weak };
  if (password !== fields.get('again'))
    return { outcome: 'problem', problem: 'The two passwords are not the same.' };
  const accepted = await acceptLink(caller, {
    token,
    kinds,
    name: name ?? '',
    email,
    password,
    from: caller.address,
    now,
  });
  switch (accepted.outcome) {
    case 'accepted':
      return signIn(caller, { email: accepted.email, password, now });
    case 'link_void':
      return accepted;
    case 'email_taken':
      return {
        outcome: 'problem',
        problem: 'Somebody with this e-mail address is here already: sign in instead.',
      };
  }
}
