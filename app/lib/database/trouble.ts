/** Why the database cannot be used, told apart as far as the cure differs. */
export type TroubleKind =
  | 'refused'
  | 'unknown_host'
  | 'silent'
  | 'cut_off'
  | 'password'
  | 'no_database'
  | 'no_rights'
  | 'too_many_connections'
  | 'read_only'
  | 'stopping'
  | 'not_ready'
  | 'disk_full'
  | 'tls'
  | 'too_old'
  | 'no_connection_free'
  | 'embedded'
  | 'other';

export interface Trouble {
  kind: TroubleKind;
  /** What is the matter, for anybody: no address, no name, no text of the server. */
  sentence: string;
  /** What to do about it. */
  cure: string;
}

export interface DatabaseStatus {
  state: 'starting' | 'up' | 'down';
  since: Date;
  /** Why it is not up, for a person. */
  trouble?: Trouble;
  /** What hampers it although it is up, each with its cure. */
  warnings: readonly Trouble[];
}

/** Both in one line. */
export const troubleWords = ({ sentence, cure }: Trouble) => `${sentence} ${cure}`;

/** A failure that knows its own sentence and cure, such as those of the embedded server. */
export class KnownTrouble extends Error {
  readonly trouble: Trouble;
  constructor(trouble: Trouble, cause?: unknown) {
    super(trouble.sentence, { cause });
    this.trouble = trouble;
  }
}

const TROUBLES: Record<Exclude<TroubleKind, 'embedded'>, Omit<Trouble, 'kind'>> = {
  refused: {
    sentence: 'No PostgreSQL listens at the address in DATABASE_URL.',
    cure: 'Start PostgreSQL, or correct host and port in DATABASE_URL and restart the app.',
  },
  unknown_host: {
    sentence: 'The host name in DATABASE_URL cannot be found.',
    cure: 'Correct the host in DATABASE_URL and restart the app, or check the name service.',
  },
  silent: {
    sentence: 'The database does not answer.',
    cure: 'Check that its machine runs and that no firewall or proxy on the way holds its packets.',
  },
  cut_off: {
    sentence: 'The connection to the database was cut off.',
    cure: 'Check whether PostgreSQL runs; its log says why it stopped.',
  },
  password: {
    sentence: 'The database refuses the user or the password in DATABASE_URL.',
    cure: 'Correct user and password in DATABASE_URL and restart the app, or let the user in (pg_hba.conf).',
  },
  no_database: {
    sentence: 'The database that DATABASE_URL names does not exist.',
    cure: 'Create it (CREATE DATABASE), or correct the name in DATABASE_URL and restart the app.',
  },
  no_rights: {
    sentence: 'The user in DATABASE_URL may not do what the app needs in its database.',
    cure: 'Make that user the owner of the database, or grant it CREATE on the schema public.',
  },
  too_many_connections: {
    sentence: 'The database has no connection left for this app.',
    cure: 'Raise max_connections (or the limit of the user or the pooler), close what else is connected, or lower DATABASE_POOL_MAX of each process.',
  },
  read_only: {
    sentence: 'The database takes no writes: it is a stand-by, or was made read-only.',
    cure: 'Let DATABASE_URL lead to the server that takes writes, or promote this one; the app goes on by itself.',
  },
  stopping: {
    sentence: 'The database is being shut down or restarted.',
    cure: 'Start it again when that is done; the app goes on by itself.',
  },
  not_ready: {
    sentence: 'The database is starting or recovering and takes no connections yet.',
    cure: 'Wait; if it takes longer than minutes, its log says what it is doing.',
  },
  disk_full: {
    sentence: 'The database has no space left on its disk.',
    cure: 'Free space on the database’s disk or enlarge it; the app goes on by itself.',
  },
  tls: {
    sentence: 'An encrypted connection to the database cannot be made.',
    cure: 'Correct sslmode and the certificates in DATABASE_URL and restart the app, or those of the server.',
  },
  too_old: {
    sentence: 'The database is a PostgreSQL older than 15.',
    cure: 'Let DATABASE_URL lead to a PostgreSQL 15 or later.',
  },
  no_connection_free: {
    sentence: 'All connections of this process to the database are in use.',
    cure: 'Raise DATABASE_POOL_MAX, if the server has connections left.',
  },
  other: {
    sentence: 'The database refuses what the app asks of it.',
    cure: 'Look into the log of the app and of PostgreSQL.',
  },
};

/** By SQLSTATE (PostgreSQL's documentation, "Error Codes"), or by node's code of a connection that failed. */
const BY_CODE: readonly (readonly [RegExp, keyof typeof TROUBLES])[] = [
  [/^(ECONNREFUSED|ENOENT|P1001)$/, 'refused'],
  [/^(ENOTFOUND|EAI_\w+)$/, 'unknown_host'],
  [/^(ETIMEDOUT|EHOST\w+|ENET\w+|P1002|P1008)$/, 'silent'],
  [/^(ECONNRESET|EPIPE|08...|P1017)$/, 'cut_off'],
  [/^28...$/, 'password'],
  [/^(3D000|57P04)$/, 'no_database'],
  [/^42501$/, 'no_rights'],
  [/^(53300|P2037)$/, 'too_many_connections'],
  [/^25006$/, 'read_only'],
  [/^(57P01|57P02)$/, 'stopping'],
  [/^57P03$/, 'not_ready'],
  [/^53100$/, 'disk_full'],
  [/^(57P05|57014)$/, 'silent'],
  [/CERT|SELF_SIGNED|^ERR_TLS|^ERR_SSL|UNABLE_TO_/, 'tls'],
];

/** What the driver, and poolers under a code that says nothing, only say in words. */
const BY_WORDS: readonly (readonly [RegExp, keyof typeof TROUBLES])[] = [
  [
    /no more connections allowed|too many (clients|connections)|query_wait_timeout|pool.?size/i,
    'too_many_connections',
  ],
  [/no such database|database .* does not exist/i, 'no_database'],
  [/password|authentication|SASL|no such user/i, 'password'],
  [/SSL|TLS|certificate/i, 'tls'],
  [/^timeout exceeded when trying to connect/, 'no_connection_free'],
  [/^(timeout expired|Connection terminated due to connection timeout)/, 'silent'],
  [
    /^Connection terminated|^Client has encountered|server conn crashed|server_login_retry|pgbouncer cannot connect/i,
    'cut_off',
  ],
];

export const troubleOfKind = (kind: keyof typeof TROUBLES): Trouble => ({ kind, ...TROUBLES[kind] });

/** What a failure of the database means for whoever runs it. */
export function troubleOf(error: unknown): Trouble {
  if (error instanceof KnownTrouble) return error.trouble;
  if (error instanceof AggregateError) return troubleOf(error.errors[0]);
  const { code, message } = innermost(error);
  const byWords = BY_WORDS.find(([words]) => typeof message === 'string' && words.test(message))?.[1];
  const byCode = BY_CODE.find(([codes]) => typeof code === 'string' && codes.test(code))?.[1];
  // A pooler's refusals all have the code of a broken protocol: their words say more.
  const isVague = byCode === undefined || code === '08P01';
  return troubleOfKind((isVague ? (byWords ?? byCode) : byCode) ?? 'other');
}

/** Whether it only says that the database cannot be used now; every other failure is a bug or a refused statement. */
export const isPassing = (kind: TroubleKind) => PASSING.has(kind);
const PASSING = new Set<TroubleKind>([
  'refused',
  'unknown_host',
  'silent',
  'cut_off',
  'too_many_connections',
  'no_connection_free',
  'read_only',
  'stopping',
  'not_ready',
  'disk_full',
]);

interface Failure {
  code?: unknown;
  message?: unknown;
}

/** Prisma wraps what the driver threw, once or twice. */
function innermost(error: unknown): Failure {
  const { meta, cause, originalCode, originalMessage, ...outer } = error as Failure & {
    meta?: { driverAdapterError?: unknown };
    cause?: unknown;
    originalCode?: unknown;
    originalMessage?: unknown;
  };
  const inner = meta?.driverAdapterError ?? cause;
  if (originalCode) return { code: originalCode, message: originalMessage };
  if (typeof inner === 'object' && inner !== null) {
    const found = innermost(inner);
    if (typeof found.code === 'string') return found;
  }
  return { message: (error as Failure).message, code: outer.code };
}

/** SQLSTATE or node's code of a failure; undefined when it has none. */
export function codeOf(error: unknown): string | undefined {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const { code, cause } = first as { code?: unknown; cause?: unknown };
  return typeof code === 'string' ? code : cause ? codeOf(cause) : undefined;
}
