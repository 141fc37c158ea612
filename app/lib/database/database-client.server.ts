import pg from 'pg';

/** A connection on which nothing was heard for too long; `code` is what node gives a connection that ran into its deadline. */
export class ConnectionSilent extends Error {
  readonly code = 'ETIMEDOUT';
  constructor(reason: string) {
    super(`The database connection was given up: ${reason}.`);
  }
}

export interface DatabaseClientOptions extends pg.ClientConfig {
  /**
   * The address; asked for at each new connection, because it may have become another.
   * @returns a connection string of one server
   */
  where: () => string;
  /** Whether the connection leads through a pooler that gives each transaction another backend. */
  pooled?: () => boolean;
  /** How long a statement may go without a byte of an answer, ms. */
  silenceMs: number;
  /** How long the server lets one statement run, ms. */
  statementMs?: number;
  /** Told when the server refuses a write because it takes none. */
  onReadOnly?: () => void;
  /** Told of each client that is made. */
  onCreated?: (client: DatabaseClient) => void;
}

/** SQLSTATE read_only_sql_transaction. */
const READ_ONLY = '25006';
/** How often each connection is looked at, ms. */
const LOOK_MS = 500;
/** A connection that is ended politely gets so long for its goodbye, ms. */
const GOODBYE_MS = 1000;

/**
 * For how long a transaction may stay open without a statement, and how long one statement may run, ms. Enforced by the
 * server: a client whose connection has gone silent cannot roll back, and its row locks would hold everybody up for ever.
 */
const TRANSACTION_IDLE_MS = 10_000;
const STATEMENT_MS = 55_000;
/** A session that nobody uses ends, so that connections that went silent do not use up those that the server has, ms. */
const SESSION_IDLE_MS = 600_000;
const session = (statementMs: number) =>
  [
    `-c statement_timeout=${statementMs}`,
    `-c idle_in_transaction_session_timeout=${TRANSACTION_IDLE_MS}`,
    `-c idle_session_timeout=${SESSION_IDLE_MS}`,
    // A database may be set to write dates as 29.11.2026, which the driver does not read.
    '-c DateStyle=ISO',
  ].join(' ');
/** The same for one transaction, where sessions are somebody else's. */
const BEGIN_POOLED = `BEGIN; SET LOCAL statement_timeout = ${STATEMENT_MS}; SET LOCAL idle_in_transaction_session_timeout = ${TRANSACTION_IDLE_MS}`;

/** What the types of pg leave out. */
interface Socket {
  bytesRead: number;
  destroy(error?: Error): void;
}
interface Internals {
  connection: { stream: Socket; on(event: string, listener: (message: { code?: string }) => void): void };
  processID: number | null;
}

/**
 * A connection that never waits for ever: when the other side goes silent without a reset, as a proxy, a firewall or a
 * machine that is gone does, everything that waits on it fails. Silence is counted in looks of this process, each with a
 * turn of the event loop in between, so that a process that was busy or stopped itself does not blame the server.
 */
export class DatabaseClient extends pg.Client {
  /** Made before the pool was renewed: not to be lent out again. */
  stale = false;
  /** Whether whoever made it lends it out, and does so now. */
  lent = false;
  #open = false;
  readonly #madeAt = performance.now();
  readonly #pooled: boolean;
  readonly #silentLooks: number;
  #unanswered = 0;
  #looks = 0;
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DatabaseClientOptions) {
    const pooled = options.pooled?.() ?? false;
    super({
      keepAlive: true,
      ...options,
      connectionString: pooled ? options.where() : withSession(options),
      // A pooler refuses them; otherwise they are in the address.
      options: undefined,
    });
    this.#pooled = pooled;
    this.#silentLooks = Math.ceil(options.silenceMs / LOOK_MS);
    this.#internals.connection.on('readyForQuery', () => {
      this.#open = true;
      if (this.#unanswered > 0) this.#unanswered -= 1;
      this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref();
    });
    this.#internals.connection.on('errorMessage', ({ code }) => {
      if (code === READ_ONLY) options.onReadOnly?.();
    });
    this.once('end', () => clearInterval(this.#timer));
    // pg has nine overloads of it; they all come by here.
    const ask = this.query.bind(this) as (...given: unknown[]) => unknown;
    this.query = ((statement: unknown, ...given: unknown[]) => {
      if (this.#unanswered === 0) this.#looks = 0;
      this.#unanswered += 1;
      return ask(pooled ? withoutSession(statement) : statement, ...given);
    }) as pg.Client['query'];
    options.onCreated?.(this);
  }

  get #internals(): Internals {
    return this as unknown as Internals;
  }

  /** The process that was announced when the connection was made: the server's, or a pooler's invention. */
  get announcedBackend(): number | null {
    return this.#internals.processID;
  }

  /** The server's process for this connection, as `pg_stat_activity` has it; null behind a pooler. */
  get backend(): number | null {
    return this.#pooled ? null : this.#internals.processID;
  }

  get isIdle(): boolean {
    return this.#open && !this.lent && !this.isWaiting;
  }

  get isWaiting(): boolean {
    return this.#unanswered > 0;
  }

  /** For how long a statement has waited without a byte of an answer, ms; 0 when none waits. */
  get silentMs(): number {
    return this.isWaiting ? this.#looks * LOOK_MS : 0;
  }

  /** Neither connected nor answered for so long, ms. */
  isSlow(ms: number): boolean {
    return this.#open ? this.silentMs >= ms : performance.now() - this.#madeAt >= ms;
  }

  /** Destroys the connection: everything that waits on it fails with the reason. */
  giveUp(reason: string): void {
    this.#internals.connection.stream.destroy(new ConnectionSilent(reason));
  }

  #look(): void {
    const { bytesRead } = this.#internals.connection.stream;
    if (!this.isWaiting || bytesRead !== this.#bytes) {
      this.#bytes = bytesRead;
      this.#looks = 0;
      return;
    }
    this.#looks += 1;
    if (this.#looks >= this.#silentLooks)
      this.giveUp(`no answer within ${Math.round((this.#looks * LOOK_MS) / 100) / 10} s`);
  }

  override end(): Promise<void>;
  override end(callback: (error: Error) => void): void;
  override end(callback?: (error: Error) => void): Promise<void> | void {
    const impatience = setTimeout(() => this.#internals.connection.stream.destroy(), GOODBYE_MS);
    impatience.unref();
    this.once('end', () => clearTimeout(impatience));
    return callback ? super.end(callback) : super.end();
  }
}

/** The address with what each session begins with. */
function withSession({ where, statementMs = STATEMENT_MS, options = '' }: DatabaseClientOptions): string {
  const url = new URL(where());
  const own = url.searchParams.get('options') ?? '';
  // What the address itself asks for counts: the last of two wins.
  url.searchParams.set('options', [session(statementMs), options, own].filter(Boolean).join(' '));
  return url.href;
}

/** A statement without what would outlive its transaction on a backend that is somebody else's then. */
function withoutSession(statement: unknown): unknown {
  if (statement === 'BEGIN') return BEGIN_POOLED;
  if (typeof statement !== 'object' || statement === null) return statement;
  const { text } = statement as { text?: unknown };
  if (text === 'BEGIN') return { ...statement, text: BEGIN_POOLED };
  return 'name' in statement ? { ...statement, name: undefined } : statement;
}
