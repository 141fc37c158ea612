/** Whether a webhook's address leads to ours, whatever its query and a slash at its end. */
export function leadsHere(url: string, target: string): boolean {
  if (!URL.canParse(url)) return false;
  const [one, other] = [new URL(url), new URL(target)];
  return one.origin === other.origin && plainPath(one) === plainPath(other);
}

/** Whether it leads to the webhook endpoint of this app somewhere else: an earlier address, or another installation. */
export function leadsElsewhere(url: string, target: string): boolean {
  if (!URL.canParse(url)) return false;
  const [one, other] = [new URL(url), new URL(target)];
  return one.origin !== other.origin && plainPath(one) === plainPath(other);
}

/** Our address with the token of a Chatwoot that cannot sign. */
export const withToken = (target: string, token: string): string =>
  `${target}?token=${encodeURIComponent(token)}`;

/** An address for people: without the token it may carry. */
export const withoutQuery = (url: string): string => url.replace(/[?#].*$/, '');

const plainPath = ({ pathname }: URL) => pathname.replace(/\/{2,}/g, '/').replace(/\/+$/, '');
