import { cut, visible } from '../../../lib/visible.ts';

/** What is kept of another side's answer. */
const LONGEST = 300;
/** Shorter texts are no secrets, and hiding them would hide words. */
const SHORTEST_SECRET = 6;

/** An answer as it may be logged and shown: one short line without what only this app and the other side know. */
export function hideSecrets(answer: string, secrets: readonly string[]): string {
  const longestFirst = secrets
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length);
  const hidden = longestFirst.reduce((text, secret) => text.replaceAll(secret, '[hidden]'), answer);
  return cut(visible(hidden.toWellFormed().replaceAll(/\s+/g, ' ').trim()), LONGEST);
}

/** The parts of an address that are a secret: all but its origin. */
export function secretsOfUrl(url: string): string[] {
  if (!URL.canParse(url)) return [url];
  const { href, pathname, search, searchParams, username, password } = new URL(url);
  const parts = [
    url,
    href,
    pathname,
    pathname.slice(1),
    search,
    ...pathname.split('/').filter((part) => part.length > 7),
    // As they stand there and as they are meant.
    ...search.split(/[?&=]/).filter((part) => part.length > 7),
    ...[...searchParams.values()].filter((value) => value.length > 7),
  ];
  const credentials = [username, password].flatMap((text) => [text, decodedPart(text)]);
  return [...parts, ...credentials].filter((part) => part !== '' && part !== '/');
}

/** A user name or password of a URL as it was meant; as it stands there when it is no percent-encoding. */
export function decodedPart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
