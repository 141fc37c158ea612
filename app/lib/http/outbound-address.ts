import ipaddr from 'ipaddr.js';

/** All of IPv6 that is routed in public; what else looks like unicast is reserved, translated or compatible with IPv4. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/** Where a machine in a cloud asks who it is, and gets credentials: AWS, Azure, Google, Oracle, Alibaba, Equinix, Linode. */
const METADATA = [
  ...['169.254.0.0/16', '168.63.129.16/32', '192.0.0.192/32', '100.100.100.200/32', '192.80.8.124/32'],
  ...['fd00:ec2::/32', 'fd20:ce::/32', 'fd00:a9fe:a9fe::/48'],
].map((block) => ipaddr.parseCIDR(block));
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

/**
 * Unicast by its number and yet no part of the public internet, besides what ipaddr.js knows: what hands out a machine's
 * credentials in a cloud, and blocks that IANA keeps for special purposes
 * (https://www.iana.org/assignments/iana-ipv4-special-registry, …/iana-ipv6-special-registry).
 */
const NOT_PUBLIC = [
  // Azure's and Equinix Metal's metadata, IBM Cloud's private services and endpoints.
  ...['168.63.129.16/32', '192.80.8.124/32', '161.26.0.0/16', '166.8.0.0/14'],
  // IETF protocol assignments (Oracle Cloud's metadata too), documentation, 6to4 relays, AS112, AMT, benchmarking.
  ...['192.0.0.0/24', '192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '192.88.99.0/24'],
  ...['192.31.196.0/24', '192.52.193.0/24', '192.175.48.0/24', '198.18.0.0/15', '100.64.0.0/10'],
  // IETF protocol assignments (Teredo, ORCHID, benchmarking), documentation, 6to4, AS112.
  ...['2001::/23', '2001:db8::/32', '3fff::/20', '2002::/16', '2620:4f:8000::/48'],
].map((block) => ipaddr.parseCIDR(block));

/** Interfaces of ISATAP tunnels end with an IPv4 address after these four bytes (RFC 5214). */
const ISATAP = [
  [0x00, 0x00, 0x5e, 0xfe],
  [0x02, 0x00, 0x5e, 0xfe],
];

const isIn = (address: ipaddr.IPv4 | ipaddr.IPv6, blocks: typeof METADATA): boolean =>
  blocks.some(([block, bits]) => block.kind() === address.kind() && address.match(block, bits));

/** Whether an address hands out credentials of the machine that asks; nobody is notified there, whatever is allowed. */
export function isMetadataAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv6' && (parsed as ipaddr.IPv6).match(NAT64))
    return isIn(ipaddr.fromByteArray(parsed.toByteArray().slice(12)), METADATA);
  return isIn(parsed, METADATA);
}

/** Whether an address is that of this machine, also in its IPv6 disguise. */
export const isLoopbackAddress = (address: string): boolean =>
  ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';

/**
 * Whether an address lies in the public internet: not private, loopback, link-local, shared by carriers, multicast or
 * reserved, nothing that hands out a cloud machine's credentials, and not an IPv4 address in an IPv6 disguise (mapped,
 * compatible, NAT64, 6to4, Teredo, ISATAP).
 * @param address IPv4 in dotted decimal or IPv6 without brackets, as a resolver gives it; anything else is not public
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  if (isIn(parsed, NOT_PUBLIC)) return false;
  if (parsed.kind() === 'ipv4') return true;
  const bytes = parsed.toByteArray();
  const isTunnel = ISATAP.some((marks) => marks.every((byte, at) => bytes[8 + at] === byte));
  return !isTunnel && (parsed as ipaddr.IPv6).match(GLOBAL_UNICAST);
}
