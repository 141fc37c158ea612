import type { Socket } from 'node:net';
import { buildConnector, Client, Pool, type Dispatcher } from 'undici';

/** Connections to the Agent service. */
export interface AgentConnections {
  /** Kept alive from request to request. */
  kept: Dispatcher;
  /** One that was never used; it is closed after its first request. */
  fresh(): Dispatcher;
  /**
   * Whether the request broke on a connection that had answered others before: the service closes idle ones when it likes, and
   * one of them may go at the very moment at which we send.
   */
  wasUsedBefore(error: Error): boolean;
  close(): Promise<void>;
}

/** @param timeoutMs for making a connection; requests bring a timer of their own */
export function openAgentConnections(
  origin: string,
  options: { connections: number; timeoutMs: number },
): AgentConnections {
  const connector = buildConnector({ timeout: options.timeoutMs });
  const usedBefore = new WeakSet<Error>();
  // Our own timer covers connecting, headers and body together.
  const common = { pipelining: 1, headersTimeout: 0, bodyTimeout: 0 };
  const pool = new Pool(origin, {
    ...common,
    connections: options.connections,
    keepAliveTimeout: 30_000,
    connect: (to, made) =>
      connector(to, (...result) => {
        const socket: Socket | null = result[1];
        socket?.prependListener('error', (error) => {
          if (socket.bytesRead > 0) usedBefore.add(error);
        });
        made(...result);
      }),
  });
  const single = new Set<Client>();

  return {
    kept: pool,
    fresh() {
      const client = new Client(origin, { ...common, connect: { timeout: options.timeoutMs } });
      single.add(client);
      client.once('disconnect', () => single.delete(client));
      // It ends with the request that is dispatched in this turn.
      setImmediate(() => void client.close().catch(() => undefined));
      return client;
    },
    wasUsedBefore(error) {
      const { socket } = error as { socket?: { bytesRead?: number } | null };
      return usedBefore.has(error) || (socket?.bytesRead ?? 0) > 0;
    },
    async close() {
      await Promise.all([pool.destroy(), ...[...single].map((client) => client.destroy())]);
    },
  };
}
