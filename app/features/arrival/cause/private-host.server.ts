import { lookup } from 'node:dns/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { isPublicAddress } from '../../../lib/outbound-address.ts';

/** A name is asked for no longer than this, ms. */
const PATIENCE_MS = 2000;

/**
 * The host of an address that leads into private networks only, as this machine resolves it: Chatwoot may see another
 * answer, so it is evidence and no proof.
 * @returns null when some address of it is public, or when that is not known
 */
export async function privateHostOf(url: string | undefined): Promise<string | null> {
  if (!url) return null;
  const { hostname } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const addresses = await Promise.race([
    lookup(host, { all: true }).catch(() => []),
    delay(PATIENCE_MS, [], { ref: false }),
  ]);
  if (addresses.length === 0) return null;
  return addresses.some(({ address }) => isPublicAddress(address)) ? null : host;
}
