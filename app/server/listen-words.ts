import type { Config } from '../lib/config.ts';

/** Why the app cannot listen where the settings say, with what to do about it. */
export function listenWords(error: unknown, { HOST, PORT }: Pick<Config, 'HOST' | 'PORT'>): string {
  const { code } = error as { code?: unknown };
  switch (code) {
    case 'EADDRINUSE':
      return `port ${PORT} is in use: set PORT to a free one, or stop what listens there.`;
    case 'EACCES':
      return `port ${PORT} may not be used: set PORT to one above 1023.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${HOST} is no address of this machine: set HOST to one that is, such as 127.0.0.1.`;
    default:
      return `it cannot listen on ${HOST}, port ${PORT} (${String(code)}): check HOST and PORT.`;
  }
}
