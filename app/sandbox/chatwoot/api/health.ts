import { ok, type ApiAnswer } from './answer.ts';
import type { ChatwootServices } from '../../control/control-api.ts';

/**
 * What Chatwoot says of itself without a token: `/health` since 4.11, which looks at nothing, and `/api`, which answers
 * 200 also while its Redis or its database fails. `/rails/health` does not exist.
 * @returns null for every other path
 */
export function answerHealth(
  pathname: string,
  self: { version: string; services: ChatwootServices; now: number },
): ApiAnswer | null {
  if (pathname === '/health') return ok({ status: 'woot' });
  if (pathname !== '/api') return null;
  const { version, services, now } = self;
  return ok({
    version,
    timestamp: new Date(now).toISOString().slice(0, 19).replace('T', ' '),
    queue_services: services === 'queue_failing' ? 'failing' : 'ok',
    data_services: services === 'data_failing' ? 'failing' : 'ok',
  });
}
