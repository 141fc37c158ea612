import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { whereIs } from './database.ts';

export interface MuteProxy {
  /** The address of the server by way of the proxy. */
  url: string;
  /** Connections that it has open towards the server. */
  open(): number;
  /**
   * From now on no byte passes, on open connections and on new ones, and nobody is told: no reset, no end.
   * @param which `answers`: what is said to the server still arrives, and is done; only nothing comes back
   */
  mute(which?: 'all' | 'answers'): void;
  /** New connections work again; those that were there stay silent for ever. */
  heal(): void;
  /** New connections lead to another server; those that are there stay where they are. */
  leadTo(serverUrl: string): void;
  stop(): Promise<void>;
}

type Muted = 'all' | 'answers' | null;

interface Link {
  server: Socket;
  muted: Muted;
}

/** What a firewall that has forgotten its connections does, or a machine that is gone: it holds every byte. */
export async function startMuteProxy(serverUrl: string): Promise<MuteProxy> {
  let target = new URL(serverUrl);
  const sockets = new Set<Socket>();
  const links = new Set<Link>();
  let muted: Muted = null;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  };
  const proxy = createServer({ allowHalfOpen: true }, (client) => {
    keep(client);
    if (muted === 'all') return;
    const server = connect({ ...whereIs(target), allowHalfOpen: true });
    keep(server);
    const link: Link = { server, muted };
    links.add(link);
    server.once('close', () => links.delete(link));
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      const passes = () => link.muted === null || (link.muted === 'answers' && to === server);
      from.on('data', (bytes: Buffer) => void (passes() && to.write(bytes)));
      from.on('end', () => void (passes() && to.end()));
      from.on('error', () => void (passes() && to.destroy()));
    }
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const url = new URL(serverUrl);
  url.hostname = '127.0.0.1';
  url.port = String((proxy.address() as { port: number }).port);
  return {
    url: url.href,
    open: () => links.size,
    mute(which = 'all') {
      muted = which;
      for (const link of links) link.muted = which;
    },
    heal: () => void (muted = null),
    leadTo: (other) => void (target = new URL(other)),
    async stop() {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
