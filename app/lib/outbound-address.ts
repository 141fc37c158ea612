import ipaddr from 'ipaddr.js';

/** All of IPv6 that is routed in public; what else looks like unicast is reserved, translated or compatible with IPv4. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/** Whether an address is that of this machine, also in its IPv6 disguise. */
export const isLoopbackAddress = (address: string): boolean =>
  ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';

/**
 * Whether an address lies in the public internet: not private, loopback, link-local, shared by carriers, multicast or
 * reserved, and not an IPv4 address in an IPv6 disguise (mapped, compatible, NAT64, 6to4, Teredo).
 * @param address IPv4 in dotted decimal or IPv6 without brackets, as a resolver gives it; anything else is not public
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || (parsed as ipaddr.IPv6).match(GLOBAL_UNICAST);
}
