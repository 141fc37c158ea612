import { createHash, createHmac } from 'node:crypto';
import { z } from 'zod';

/** Within so long a sign-up is to be confirmed; then it is forgotten, days. */
export const CONFIRM_DAYS = 7;

/** Where somebody changes or ends what they get: the path before their token, 43 characters. */
export const SUBSCRIPTION_PATH = '/status/subscription/';
export const SUBSCRIBE_PATH = '/status/subscribe';

/** How a token is found again without being kept in clear. */
export const hashOf = (token: string): string =>
  createHash('sha256').update(`subscriber:${token}`).digest('base64url');

/** The same of an address, which somebody could guess: only who has the key can try. */
export const hashOfHook = (key: Buffer, url: string): string =>
  createHmac('sha256', key).update(`subscriber:${url}`).digest('base64url');

/** Two spellings of an e-mail address that differ in case are one mailbox. */
export const hashOfMail = (key: Buffer, address: string): string => hashOfHook(key, address.toLowerCase());

/** An e-mail address that somebody typed; null for what is none. */
export function parseAddress(typed: string): string | null {
  const address = typed.trim();
  return address.length <= 254 && z.email().safeParse(address).success ? address : null;
}

/** A webhook's address that somebody typed: https, or http where a test or a demo allows it; null for what is none. */
export function parseHook(typed: string, mayBePlain: boolean): string | null {
  const text = typed.trim();
  if (text.length > 500 || !URL.canParse(text)) return null;
  const { protocol, username, password, href } = new URL(text);
  const allowed = protocol === 'https:' || (mayBePlain && protocol === 'http:');
  return allowed && username === '' && password === '' ? href : null;
}

/** Numbers of components that somebody ticked, of those that there are; all of them is the same as none. */
export function parseComponents(ticked: readonly string[], known: readonly string[]): string[] {
  const chosen = known.filter((id) => ticked.includes(id));
  return chosen.length === known.length ? [] : chosen;
}

const ADDRESSES = /[^\s<>"'(),:;[\]]{1,64}@[^\s<>"'(),:;[\]]{1,255}/g;

/** What a mail server said, without the address that it repeats: it goes into logs. */
export function withoutAddress(answer: string, address: string): string {
  const [mailbox = ''] = address.split('@');
  const hidden = answer.replaceAll(ADDRESSES, '[address]');
  return mailbox.length < 4 ? hidden : hidden.split(mailbox).join('[address]');
}
