import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Config } from '../lib/settings/config.ts';

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
