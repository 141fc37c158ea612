/** How often a process says that it lives (its row in `processes`), ms. */
export const HEARTBEAT_MS = 2000;

/** A process that was not heard of for four beats is taken for dead, and others take up its work. As SQL. */
export const ALIVE_FOR = `interval '${(4 * HEARTBEAT_MS) / 1000} seconds'`;

/**
 * SQL: a row of `processes` is that of a living process. Always against the time of looking: a transaction's own `now()` is
 * when it began to wait for a lock.
 */
export const IS_ALIVE = `last_seen > clock_timestamp() - ${ALIVE_FOR}`;

/** SQL: the process that `owner` names lives. @param owner a column or a parameter */
export const isAlive = (owner: string): string =>
  `EXISTS (SELECT FROM processes p WHERE p.id = ${owner} AND p.${IS_ALIVE})`;

/** SQL: a piece of work is nobody's, this process's own, or that of one that is dead. @param self parameter of this process */
export const mayTake = (owner: string, self = '$1'): string =>
  `(${owner} IS NULL OR ${owner} = ${self} OR NOT ${isAlive(owner)})`;

/** A worker whose own beat is older claims and sends nothing more: somebody is about to take its work. ms */
export const SAFE_TO_SEND_MS = 2.5 * HEARTBEAT_MS;

/** The same as SQL interval. */
export const SAFE_TO_SEND = `interval '${SAFE_TO_SEND_MS / 1000} seconds'`;

/** SQL: when a process that sends was heard of last; null: never. */
export const SENDER_HEARD_AT = `(SELECT max(last_seen) FROM processes WHERE role <> 'web')`;

/** SQL: webhooks are acknowledged and only on a disk yet, of a process that lives. */
export const IS_ANY_SPOOLED = `EXISTS (SELECT FROM processes WHERE spooled > 0 AND ${IS_ALIVE})`;
