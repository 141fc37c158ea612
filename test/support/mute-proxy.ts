import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { whereIs } from './database.ts';

export interface MuteProxy {
  /** The address of the database by way of the proxy. */
  url: string;
  /** Connections that it has open towards the server. */
  open(): number;
  /** From now on no byte passes, on open connections and on new ones, and nobody is told: no reset, no end. */
  mute(): void;
  /** New connections work again; those that were there stay silent for ever. */
  heal(): void;
  /** New connections lead to another server; those that are there stay where they are. */
  leadTo(databaseUrl: string): void;
  stop(): Promise<void>;
}

/** What a firewall that has forgotten its connections does, or a machine that is gone: it holds every byte. */
export async function startMuteProxy(databaseUrl: string): Promise<MuteProxy> {
  let target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const links = new Set<{ server: Socket; isMute: boolean }>();
  let isMute = false;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  };
  const proxy = createServer({ allowHalfOpen: true }, (client) => {
    keep(client);
    if (isMute) return;
    const server = connect({ ...whereIs(target), allowHalfOpen: true });
    keep(server);
    const link = { server, isMute: false };
    links.add(link);
    server.once('close', () => links.delete(link));
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on('data', (bytes: Buffer) => void (link.isMute || to.write(bytes)));
      from.on('end', () => void (link.isMute || to.end()));
      from.on('error', () => void (link.isMute || to.destroy()));
    }
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((proxy.address() as { port: number }).port);
  return {
    url: url.href,
    open: () => links.size,
    mute() {
      isMute = true;
      for (const link of links) link.isMute = true;
    },
    heal: () => void (isMute = false),
    leadTo: (other) => void (target = new URL(other)),
    async stop() {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
