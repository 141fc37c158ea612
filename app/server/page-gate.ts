import type { RequestHandler, Response } from 'express';
import { problemBody } from '../lib/http/problem.ts';

/** Pages that are made at once, in all and for one session; the rest of the process's time belongs to webhooks and loops. */
const AT_ONCE = 8;
const AT_ONCE_OF_ONE = 4;
/** How many may wait for their turn, of those without a session in all and of one session, and for how long, ms. */
const WAITING = 400;
const WAITING_OF_ONE = 40;
const PATIENCE_MS = 15_000;
/**
 * What takes longer waits for the client and not for us, ms: an answer that is a stream, such as a download; a form that comes
 * little by little.
 */
const STREAM_MS = 10_000;
const FORM_MS = 3000;

interface Waiter {
  isStranger: boolean;
  begin(): void;
}

/**
 * Lets few page reads in at a time, session by session in turn: whoever opens six hundred waits for their own, and nobody
 * else does. Who has no session of ours, whatever their cookies and tokens say, has the turn of their address, and a crowd of
 * them takes no place from those who have one. Forms have turns of their own: their answers are pages, too. Who sends one
 * without a session is refused before anything is made. Files and event streams pass.
 * @param sessionOf the session of a request's cookies by its signature alone; null when there is none
 */
export function pageGate(sessionOf: (cookies: string) => string | null): RequestHandler {
  const [reads, forms] = [openTurns(STREAM_MS), openTurns(FORM_MS)];
  return (request, response, proceed) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const session = sessionOf(request.headers.cookie ?? '');
    if (request.path === '/events' || (!isRead && session === null)) return proceed();
    const key = session ?? `from ${request.ip ?? 'nowhere'}`;
    const take = isRead ? reads : forms;
    take({ key, isStranger: session === null }, response, proceed, () => refuse(response, isRead));
  };
}

function refuse(response: Response, isRead: boolean): void {
  response
    .status(429)
    .set('Retry-After', '5')
    .type('application/problem+json')
    .send(
      problemBody({
        status: 429,
        title: isRead ? 'Too many pages at once' : 'Too many forms at once',
        code: isRead ? 'too_many_reads' : 'too_many_forms',
        detail: isRead
          ? 'This session asks for more pages than can be made: wait some seconds, then reload.'
          : 'Nothing was done: this session sends more forms than can be answered. Wait some seconds, then send it again.',
      }),
    );
}

type TakeTurn = (
  whose: { key: string; isStranger: boolean },
  response: Response,
  proceed: () => void,
  refuse: () => void,
) => void;

/** @param longestMs a turn is over after this, whatever its answer still waits for */
function openTurns(longestMs: number): TakeTurn {
  const inFlight = new Map<string, number>();
  /** In the order in which it is their turn. */
  const waiting = new Map<string, Waiter[]>();
  let all = 0;
  let strangersWaiting = 0;

  const isFree = (key: string) => all < AT_ONCE && (inFlight.get(key) ?? 0) < AT_ONCE_OF_ONE;

  function enter(key: string): () => void {
    all += 1;
    inFlight.set(key, (inFlight.get(key) ?? 0) + 1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      all -= 1;
      const others = inFlight.get(key)! - 1;
      if (others === 0) inFlight.delete(key);
      else inFlight.set(key, others);
      next();
    };
  }

  function next() {
    for (const [key, queue] of waiting) {
      if (!isFree(key)) continue;
      const [first] = queue.splice(0, 1);
      if (first?.isStranger) strangersWaiting -= 1;
      // Whoever waits for more comes after everybody else.
      waiting.delete(key);
      if (queue.length > 0) waiting.set(key, queue);
      return first?.begin();
    }
  }

  function leave(key: string, waiter: Waiter): boolean {
    const queue = waiting.get(key);
    const at = queue?.indexOf(waiter) ?? -1;
    if (!queue || at < 0) return false;
    queue.splice(at, 1);
    if (queue.length === 0) waiting.delete(key);
    if (waiter.isStranger) strangersWaiting -= 1;
    return true;
  }

  return ({ key, isStranger }, response, proceed, refused) => {
    const begin = () => {
      const done = enter(key);
      const stream = setTimeout(done, longestMs);
      response.once('close', () => {
        clearTimeout(stream);
        done();
      });
      proceed();
    };
    if (isFree(key) && !waiting.has(key)) return begin();
    const queue = waiting.get(key) ?? [];
    if (queue.length >= WAITING_OF_ONE || (isStranger && strangersWaiting >= WAITING)) return refused();
    const impatience = setTimeout(() => {
      if (leave(key, waiter)) refused();
    }, PATIENCE_MS);
    const waiter: Waiter = {
      isStranger,
      begin() {
        clearTimeout(impatience);
        begin();
      },
    };
    response.once('close', () => {
      clearTimeout(impatience);
      leave(key, waiter);
    });
    queue.push(waiter);
    waiting.set(key, queue);
    if (isStranger) strangersWaiting += 1;
  };
}
