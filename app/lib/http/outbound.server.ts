import dns, { type LookupAddress, type LookupOptions } from 'node:dns';
import net from 'node:net';
import { Agent, request, type Dispatcher } from 'undici';
import { isMetadataAddress, isPublicAddress } from './outbound-address.ts';

interface OutboundRequest {
  method?: 'GET' | 'HEAD' | 'POST' | 'PATCH';
  /** Names in lower case. */
  headers?: Record<string, string>;
  body?: string | Buffer | undefined;
}

type RefusalReason = 'not_http' | 'credentials' | 'private_address' | 'downgrade' | 'too_many_redirects';

export type OutboundAnswer =
  /** `body` is cut at the limit. */
  | {
      outcome: 'answered';
      status: number;
      headers: Dispatcher.ResponseData['headers'];
      body: Buffer;
      url: string;
    }
  /** Not sent, or not followed any further. */
  | { outcome: 'refused'; reason: RefusalReason; detail: string }
  /** Network error or timeout. */
  | { outcome: 'failed'; error: unknown };

export interface OutboundFetch {
  (url: string, request?: OutboundRequest): Promise<OutboundAnswer>;
  close(): Promise<void>;
}

type Lookup = (
  hostname: string,
  options: LookupOptions,
  callback: (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void,
) => void;

export interface OutboundOptions {
  /** OUTBOUND_ALLOW_PRIVATE: addresses of private networks are allowed too, but for what hands out a machine's credentials. */
  allowPrivate: boolean;
  /** For one call with all its redirects, ms. */
  timeoutMs?: number;
  /** Bytes of an answer that are read. */
  maxBytes?: number;
  /** `none`: a redirect is an answer like any other; for POSTs that only count where they were sent. */
  redirects?: 'follow' | 'none';
  /** The resolver, and which addresses it may give; for tests. */
  lookup?: Lookup;
  isAllowed?: (address: string) => boolean;
}

const MAX_REDIRECTS = 3;
/** Headers that another origin may see after a redirect: nothing that could be a credential. */
const HARMLESS = new Set(['accept', 'content-type', 'user-agent']);

class AddressRefused extends Error {}

/**
 * HTTP to URLs that people set in the app: notification webhooks and additional probes. (URLs of the environment are the
 * operator's own and go out directly.) The address that was checked is the one connected to, because the check is the
 * connection's own look-up; each redirect is checked like the first URL.
 */
export function createOutboundFetch(options: OutboundOptions): OutboundFetch {
  const { allowPrivate, timeoutMs = 10_000, maxBytes = 65_536, redirects = 'follow' } = options;
  const isFit = allowPrivate ? () => true : (options.isAllowed ?? isPublicAddress);
  const isAllowed = (address: string) => !isMetadataAddress(address) && isFit(address);
  const agent = new Agent({
    connections: 8,
    maxHeaderSize: 16_384,
    connect: { lookup: guardedLookup(options.lookup ?? dns.lookup, isAllowed) },
  });

  async function send(target: string, wish: OutboundRequest): Promise<OutboundAnswer> {
    const signal = AbortSignal.timeout(timeoutMs);
    let url = URL.canParse(target) ? new URL(target) : null;
    let { method = 'GET', headers = {}, body } = wish;
    for (let hops = 0; ; hops += 1) {
      const refusal = refuse(url, isAllowed);
      if (refusal || !url) return refusal ?? refused('not_http', 'It is not a URL.');
      const answer = await request(url, { method, headers, body, signal, dispatcher: agent });
      const next = redirects === 'none' ? undefined : redirectOf(answer, url);
      if (next === undefined) {
        const { statusCode: status } = answer;
        return {
          outcome: 'answered',
          status,
          headers: answer.headers,
          body: await read(answer, maxBytes),
          url: url.href,
        };
      }
      await answer.body.dump({ limit: maxBytes, signal }).catch(() => undefined);
      if (hops === MAX_REDIRECTS)
        return refused('too_many_redirects', `It redirects more than ${MAX_REDIRECTS} times.`);
      if (url.protocol === 'https:' && next?.protocol === 'http:')
        return refused('downgrade', 'It redirects from https to http.');
      if (next?.origin !== url.origin)
        headers = Object.fromEntries(Object.entries(headers).filter(([name]) => HARMLESS.has(name)));
      if (answer.statusCode === 303 || (method === 'POST' && answer.statusCode < 303)) {
        method = method === 'HEAD' ? 'HEAD' : 'GET';
        body = undefined;
      }
      url = next;
    }
  }

  const fetchOutbound = async (url: string, wish: OutboundRequest = {}): Promise<OutboundAnswer> => {
    try {
      return await send(url, wish);
    } catch (error) {
      if (error instanceof AddressRefused) return refused('private_address', error.message);
      return { outcome: 'failed', error };
    }
  };
  return Object.assign(fetchOutbound, { close: () => agent.destroy() });
}

const refused = (reason: RefusalReason, detail: string): OutboundAnswer => ({
  outcome: 'refused',
  reason,
  detail,
});

function refuse(url: URL | null, isAllowed: (address: string) => boolean): OutboundAnswer | undefined {
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    return refused('not_http', 'Only http and https addresses are called.');
  if (url.username || url.password)
    return refused('credentials', 'An address with a user name or password is not called.');
  // A literal address is never looked up. The URL parser has turned decimal, octal and hex forms into dotted decimal.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (net.isIP(host) && !isAllowed(host))
    return refused('private_address', `${host} is not a public address.`);
  return undefined;
}

/** @returns undefined when the answer is no redirect, null when it leads nowhere */
function redirectOf({ statusCode, headers }: Dispatcher.ResponseData, from: URL): URL | null | undefined {
  const { location } = headers;
  if (![301, 302, 303, 307, 308].includes(statusCode) || typeof location !== 'string') return undefined;
  return URL.canParse(location, from) ? new URL(location, from) : null;
}

/** One look-up for check and connection. A name that has any forbidden address is refused as a whole. */
function guardedLookup(lookup: Lookup, isAllowed: (address: string) => boolean): Lookup {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const addresses = Array.isArray(found) ? found : [];
      const forbidden = addresses.find(({ address }) => !isAllowed(address));
      const [first] = addresses;
      if (error || !first) callback(error ?? new Error(`${hostname} has no address`), []);
      else if (forbidden)
        callback(
          new AddressRefused(`${hostname} leads to ${forbidden.address}, which is not a public address.`),
          [],
        );
      else if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

async function read({ body }: Dispatcher.ResponseData, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    // Leaving the loop destroys the body and with it the connection.
    if (size >= maxBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxBytes);
}
