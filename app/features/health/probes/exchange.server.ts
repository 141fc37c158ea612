import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Stages } from './probe.ts';

/** Bytes of an answer that are read; a health answer is far smaller. */
const MAX_BYTES = 65_536;

export interface ExchangeRequest {
  method?: 'GET' | 'HEAD' | 'POST';
  headers?: Record<string, string>;
  body?: string | undefined;
  /** For the whole exchange, ms. */
  timeoutMs: number;
  /** Aborted when the process stops. */
  signal?: AbortSignal | undefined;
}

export type Exchange = Stages &
  (
    | { outcome: 'answered'; status: number; body: string; location: string | undefined }
    | { outcome: 'failed'; error: unknown }
  );

/**
 * One HTTP request over a connection of its own, with each stage timed. Redirects are not followed. Never throws.
 * For URLs of the environment: they are the operator's own and may lead anywhere.
 */
export function exchange(url: string, request: ExchangeRequest): Promise<Exchange> {
  const { method = 'GET', headers, body, timeoutMs, signal } = request;
  const clock = startClock();
  return new Promise((resolve) => {
    const fail = (error: unknown) => {
      clearTimeout(timer);
      resolve({ outcome: 'failed', error, ...clock.stages() });
    };
    const send = url.startsWith('https:') ? https.request : http.request;
    const sent = send(url, {
      method,
      headers: { 'User-Agent': 'outage-center', ...headers },
      agent: false,
      signal,
    });
    const timer = setTimeout(
      () => sent.destroy(new DOMException(`no answer within ${timeoutMs} ms`, 'TimeoutError')),
      timeoutMs,
    );
    sent.on('error', fail);
    sent.on('socket', (socket) => clock.watch(socket));
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const finish = () => {
        clearTimeout(timer);
        resolve({
          outcome: 'answered',
          status: response.statusCode ?? 0,
          body: Buffer.concat(chunks).toString('utf8'),
          location: response.headers.location,
          ...clock.stages(),
        });
      };
      response.on('error', fail);
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size <= MAX_BYTES) return;
        finish();
        sent.destroy();
      });
      response.on('end', finish);
    });
    sent.end(body);
  });
}

export interface StageClock {
  /** Notes when the socket's name was resolved, when it was connected and when TLS was agreed. */
  watch(socket: Socket): void;
  stages(): Stages;
}

/** Times the stages of one connection from now on. */
export function startClock(): StageClock {
  const started = performance.now();
  const since = (from: number) => Math.round((performance.now() - from) * 10) / 10;
  const stages: Omit<Stages, 'latencyMs'> = { dnsMs: null, tcpMs: null, tlsMs: null, connected: false };
  let stageStarted = started;
  const note = (stage: 'dnsMs' | 'tcpMs' | 'tlsMs') => {
    stages[stage] = since(stageStarted);
    stageStarted = performance.now();
  };
  return {
    watch(socket) {
      socket.once('lookup', (error: Error | null) => {
        if (!error) note('dnsMs');
      });
      socket.once('connect', () => {
        note('tcpMs');
        stages.connected = true;
      });
      socket.once('secureConnect', () => note('tlsMs'));
    },
    stages: () => ({ ...stages, latencyMs: Math.round(performance.now() - started) }),
  };
}
