import dns from 'node:dns';
import type { Server } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { Config } from '../lib/settings/config.ts';

/**
 * Threads for what the operating system does without a way to wait for it. The system's look-ups of names get half of them: with
 * Node's four, two names that a mute name server does not answer kept every other name waiting, also those in /etc/hosts.
 */
const THREADS = '32';

type Answer = [error: NodeJS.ErrnoException | null, address: string | dns.LookupAddress[], family?: number];
type AnswerTo = (...answer: Answer) => void;
type Ask = (hostname: string, options: dns.LookupOptions, answerTo: AnswerTo) => void;

/**
 * The same question is asked once at a time, however many want to know: a look-up holds a thread for 10 s and more when the name
 * server is mute, cannot be taken back, and each connection to the Agent service began one.
 */
export function sharedLookup(ask: Ask): Ask {
  const asked = new Map<string, AnswerTo[]>();
  return (hostname, options, answerTo) => {
    const question = JSON.stringify([hostname, Object.entries(options).sort()]);
    const waiting = asked.get(question);
    if (waiting) {
      waiting.push(answerTo);
      return;
    }
    const all = [answerTo];
    asked.set(question, all);
    const answer: AnswerTo = (...given) => {
      asked.delete(question);
      for (const each of all) each(...given);
    };
    try {
      ask(hostname, options, answer);
    } catch (error) {
      // What cannot be asked at all.
      asked.delete(question);
      throw error;
    }
  };
}

/** For the whole process, whoever connects: to be called before anything is looked up or read without blocking. */
export function boundLookUps(): void {
  process.env.UV_THREADPOOL_SIZE ??= THREADS;
  const shared = sharedLookup(dns.lookup);
  const lookup = (hostname: string, options: unknown, answerTo?: AnswerTo): void => {
    if (typeof options === 'function') shared(hostname, {}, options as AnswerTo);
    else shared(hostname, typeof options === 'number' ? { family: options } : (options as object), answerTo!);
  };
  dns.lookup = Object.assign(lookup, { __promisify__: dns.lookup.__promisify__ }) as typeof dns.lookup;
  syncBuiltinESMExports();
}

/**
 * Listens on HOST and the port of a setting.
 * @returns the port: another one than the setting's when that is 0
 * @throws Error with what to do about it
 */
export async function listen(
  server: Server,
  config: Config,
  setting: 'PORT' | 'METRICS_PORT',
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new Error(listenWords(error, config, setting))));
    server.listen(config[setting], config.HOST, resolve);
  });
  return (server.address() as AddressInfo).port;
}

function listenWords(error: unknown, config: Config, setting: 'PORT' | 'METRICS_PORT'): string {
  const { code } = error as { code?: unknown };
  const [host, port] = [config.HOST, config[setting]];
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} is in use: set ${setting} to a free one, or stop what listens there.`;
    case 'EACCES':
      return `port ${port} may not be used: set ${setting} to one above 1023.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is no address of this machine: set HOST to one that is, such as 127.0.0.1.`;
    default:
      return `it cannot listen on ${host}, port ${port} (${String(code)}): check HOST and ${setting}.`;
  }
}
