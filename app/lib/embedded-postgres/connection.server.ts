import pg from 'pg';
import { SOCKET_PORT } from './socket.server.ts';

/** The superuser that initdb makes, and the app's database. */
export const SUPERUSER = 'outage_center';
export const DATABASE = 'outage_center';

export interface Access {
  /** Folder of the server's socket. */
  folder: string;
  /** The superuser's. */
  password: string;
}

/** How long the server may take to be reached, and to answer, ms. */
const CONNECT_MS = 2000;
const ANSWER_MS = 60_000;

/** Does something as the superuser, over a connection of its own. */
export async function asSuperuser<T>(
  { folder, password }: Access,
  database: string,
  action: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    host: folder,
    port: SOCKET_PORT,
    user: SUPERUSER,
    password,
    database,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: ANSWER_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await action(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
