import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
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
  /** Connections break, and new ones too, until it is healed. */
  cut(): void;
  /** From now on every byte comes so much later, ms. */
  slowBy(ms: number): void;
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
  let isCut = false;
  let lateMs = 0;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  };
  const proxy = createServer({ allowHalfOpen: true }, (client) => {
    keep(client);
    if (isCut) return void client.destroy();
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
      let queued = 0;
      let last = Promise.resolve();
      /** Late or not, in their order. */
      const pass = (act: () => void) => {
        if (lateMs === 0 && queued === 0) return act();
        const due = performance.now() + lateMs;
        queued += 1;
        last = last.then(async () => {
          await delay(Math.max(0, due - performance.now()));
          queued -= 1;
          act();
        });
      };
      from.on('data', (bytes: Buffer) => pass(() => void (passes() && to.write(bytes))));
      from.on('end', () => pass(() => void (passes() && to.end())));
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
    cut() {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    slowBy: (ms) => void (lateMs = ms),
    heal() {
      muted = null;
      isCut = false;
    },
    leadTo: (other) => void (target = new URL(other)),
    async stop() {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
