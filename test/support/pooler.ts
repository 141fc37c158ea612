import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import pg from 'pg';

export interface Pooler {
  /** The address of the database by way of the pooler. */
  url: string;
  /** How many transactions ran on another server connection than the one before of the same client. */
  moved(): number;
  stop(): Promise<void>;
}

/** How many connections to the server all clients share. */
const SERVERS = 3;
/** What is read of the protocol (PostgreSQL's documentation, "Message Formats"): type, then length and content. */
const TYPE_BYTES = 1;
const LENGTH_BYTES = 4;
const PARAMETERS = {
  server_version: '18.4',
  client_encoding: 'UTF8',
  DateStyle: 'ISO, MDY',
  TimeZone: 'UTC',
};

interface Server {
  socket: Socket;
  owner: Client | null;
}
interface Client {
  socket: Socket;
  /** What it asked while it had no server connection. */
  waiting: Buffer[];
  server: Server | null;
  before: Server | null;
  /** Questions that are not answered yet. */
  open: number;
}

/**
 * A pooler in transaction mode, as PgBouncer is one: a client has a server connection for one transaction, and the next time another
 * one, if one is free. What a session knows, such as settings, named statements, locks and LISTEN, is left behind on a
 * connection that is somebody else's by then. Settings at the start of a session are refused, notices go nowhere, and the server
 * process that is announced is an invented one.
 */
export async function startPooler(databaseUrl: string): Promise<Pooler> {
  const servers = new Set<Server>();
  const clients = new Set<Client>();
  const queue: Client[] = [];
  let moved = 0;

  async function addServer() {
    const server: Server = { socket: await openSession(databaseUrl), owner: null };
    servers.add(server);
    server.socket.on(
      'data',
      splitter(true, (message) => answer(server, message)),
    );
    server.socket.on('error', () => undefined);
    server.socket.once('close', () => servers.delete(server));
    assign();
  }

  function answer(server: Server, message: Buffer) {
    const client = server.owner;
    const type = typeOf(message);
    if (!client || type === 'A') return;
    client.socket.write(message);
    if (type !== 'Z') return;
    client.open -= 1;
    const isOver = message.toString('latin1', TYPE_BYTES + LENGTH_BYTES) === 'I';
    if (!isOver || client.open > 0) return;
    [client.before, client.server, server.owner] = [server, null, null];
    assign();
  }

  function assign() {
    for (const client of [...queue]) {
      const free = [...servers].filter(({ owner }) => owner === null);
      const server = free.find((one) => one !== client.before) ?? free[0];
      if (!server) return;
      queue.splice(queue.indexOf(client), 1);
      if (client.before && client.before !== server) moved += 1;
      [server.owner, client.server] = [client, server];
      for (const message of client.waiting.splice(0)) forward(client, server, message);
    }
  }

  function forward(client: Client, server: Server, message: Buffer) {
    if ('QS'.includes(typeOf(message))) client.open += 1;
    server.socket.write(message);
  }

  function ask(client: Client, message: Buffer) {
    if (typeOf(message) === 'X') return void client.socket.end();
    if (client.server) return forward(client, client.server, message);
    client.waiting.push(message);
    if (!queue.includes(client)) queue.push(client);
    assign();
  }

  function leave(client: Client) {
    clients.delete(client);
    if (queue.includes(client)) queue.splice(queue.indexOf(client), 1);
    // In the middle of a transaction: nobody else gets that connection.
    if (!client.server) return;
    client.server.socket.destroy();
    void addServer().catch(() => undefined);
  }

  for (let n = 0; n < SERVERS; n += 1) await addServer();
  const listener = createServer((socket) => {
    const client: Client = { socket, waiting: [], server: null, before: null, open: 0 };
    clients.add(client);
    socket.on('error', () => undefined);
    socket.once('close', () => leave(client));
    const greet = splitter(false, (startup) => {
      socket.off('data', greet);
      socket.on(
        'data',
        splitter(true, (message) => ask(client, message)),
      );
      const refused = startup.includes('options\0');
      socket.write(refused ? REFUSAL : welcome());
      if (refused) socket.end();
    });
    socket.on('data', greet);
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');

  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((listener.address() as { port: number }).port);
  return {
    url: url.href,
    moved: () => moved,
    async stop() {
      listener.close();
      for (const { socket } of [...clients, ...servers]) socket.destroy();
      await once(listener, 'close');
    },
  };
}

const typeOf = (message: Buffer) => message.toString('latin1', 0, TYPE_BYTES);

/** Cuts a stream into messages. @param typed whether each begins with its type: the first of a client does not */
function splitter(typed: boolean, told: (message: Buffer) => void): (bytes: Buffer) => void {
  const before = typed ? TYPE_BYTES : 0;
  let rest = Buffer.alloc(0);
  return (bytes) => {
    rest = rest.length > 0 ? Buffer.concat([rest, bytes]) : Buffer.from(bytes);
    while (rest.length >= before + LENGTH_BYTES) {
      const length = before + rest.readUInt32BE(before);
      if (rest.length < length) return;
      const message = rest.subarray(0, length);
      rest = rest.subarray(length);
      told(message);
    }
  };
}

/** An ordinary session, signed in by the ordinary driver, whose socket is then ours. */
async function openSession(databaseUrl: string): Promise<Socket> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => undefined);
  await client.connect();
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  stream.removeAllListeners('data');
  return stream;
}

function message(type: string, ...content: (string | number)[]): Buffer {
  const parts = content.map((part) => {
    if (typeof part === 'string') return Buffer.from(part, 'latin1');
    const int = Buffer.alloc(4);
    int.writeInt32BE(part);
    return int;
  });
  const body = Buffer.concat(parts);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(LENGTH_BYTES + body.length);
  return Buffer.concat([Buffer.from(type), length, body]);
}

const welcome = () =>
  Buffer.concat([
    message('R', 0),
    ...Object.entries(PARAMETERS).map(([name, value]) => message('S', `${name}\0${value}\0`)),
    message('K', randomInt(1, 2 ** 31 - 1), randomInt(1, 2 ** 31 - 1)),
    message('Z', 'I'),
  ]);
const REFUSAL = message('E', 'SFATAL\0C08P01\0Munsupported startup parameter: options\0\0');
