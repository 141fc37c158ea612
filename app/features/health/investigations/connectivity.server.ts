import { isIP } from 'node:net';
import { lookup } from 'node:dns/promises';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../../../lib/settings/config.ts';
import { clockWords } from '../../../lib/time-words.ts';
import { classOfError, seconds } from '../probes/probe.ts';
import { probeTcp } from '../probes/probe-tcp.server.ts';
import { agentSide, chatwootSide, type Finding, nextStepFor, type ProbedSide } from './finding.ts';

/** A certificate that ends within so many days is worth a word, ms. */
const SOON_MS = 14 * 24 * 3_600_000;

/** The runbook's ping and nslookup: name, connection and TLS of Chatwoot and of the Agent service, step by step. */
export async function investigateConnectivity(config: Config, now: Date): Promise<Finding[]> {
  const { connection, CHATWOOT_HOSTING, HEALTH_TIMEOUT: timeoutMs } = config;
  if (!connection) return [];
  const { chatwootUrl, agentUrl } = connection;
  return Promise.all([
    reach(chatwootUrl, chatwootSide(chatwootUrl, CHATWOOT_HOSTING), timeoutMs, now),
    reach(agentUrl, agentSide(agentUrl), timeoutMs, now),
  ]);
}

async function reach(url: string, side: ProbedSide, timeoutMs: number, now: Date): Promise<Finding> {
  const { protocol, port, hostname } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const portNumber = Number(port || (protocol === 'https:' ? 443 : 80));
  const title = `The way to ${side.label}`;
  const finding = (ok: boolean, words: string, nextStep: string | null): Finding => ({
    what: 'connectivity',
    title,
    ok,
    evidence: `${words} (${clockWords(now)}).`,
    nextStep,
  });

  const name = await resolveName(host, timeoutMs);
  if (typeof name === 'string') return finding(false, `${host} ${name}`, nextStepFor('dns', side));
  const resolved = `${host} is ${name.addresses.join(', ')} (DNS ${name.ms} ms)`;

  const tcp = await probeTcp(`tcp://${hostname}:${portNumber}`, { timeoutMs });
  if (!tcp.verdict.ok)
    return finding(
      false,
      `${resolved}, port ${portNumber} ${tcp.verdict.detail}`,
      nextStepFor(tcp.verdict.errorClass, side),
    );
  const connected = `${resolved}, port ${portNumber} takes connections (${Math.round(tcp.stages.tcpMs ?? 0)} ms)`;
  if (protocol !== 'https:') return finding(true, connected, null);

  const tls = await shakeHands(host, portNumber, timeoutMs);
  if ('error' in tls)
    return finding(false, `${connected}, ${describeTls(tls.error, timeoutMs)}`, nextStepFor('tls', side));
  const endsSoon = tls.validTo.getTime() - now.getTime() < SOON_MS;
  return finding(
    !endsSoon,
    `${connected}, ${tls.protocol} (${tls.ms} ms), certificate valid until ${tls.validTo.toISOString().slice(0, 10)}`,
    endsSoon ? `Renew the certificate of ${host}.` : null,
  );
}

/** @returns its addresses and how long it took, or what is wrong, in words */
async function resolveName(
  host: string,
  timeoutMs: number,
): Promise<{ addresses: string[]; ms: number } | string> {
  const started = performance.now();
  const found = await Promise.race([
    lookup(host, { all: true }).catch((error: unknown) => error as NodeJS.ErrnoException),
    delay(timeoutMs, null, { ref: false }),
  ]);
  if (found === null) return `is not resolved within ${seconds(timeoutMs)}`;
  if (!Array.isArray(found)) return `cannot be resolved (${found.code ?? 'no reason given'})`;
  const ms = Math.round(performance.now() - started);
  return { addresses: found.slice(0, 4).map(({ address }) => address), ms };
}

type Handshake = { protocol: string; ms: number; validTo: Date } | { error: unknown };

function shakeHands(host: string, port: number, timeoutMs: number): Promise<Handshake> {
  const started = performance.now();
  return new Promise((resolve) => {
    const end = (handshake: (socket: TLSSocket) => Handshake) => {
      clearTimeout(timer);
      resolve(handshake(socket));
      socket.destroy();
    };
    const timer = setTimeout(
      () => end(() => ({ error: new DOMException('no handshake', 'TimeoutError') })),
      timeoutMs,
    );
    const socket = connectTls({ host, port, servername: isIP(host) ? undefined : host });
    socket.on('error', (error) => end(() => ({ error })));
    socket.once('secureConnect', () =>
      end((connected) => ({
        protocol: connected.getProtocol() ?? 'TLS',
        ms: Math.round(performance.now() - started),
        validTo: new Date(connected.getPeerCertificate().valid_to),
      })),
    );
  });
}

function describeTls(error: unknown, timeoutMs: number): string {
  if (classOfError(error) === 'timeout') return `no TLS handshake within ${seconds(timeoutMs)}`;
  const { code } = error as NodeJS.ErrnoException;
  return `no secure connection${code ? ` (${code})` : ''}`;
}
