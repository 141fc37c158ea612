import { ok, type ApiAnswer } from './answer.ts';
import type { ChatwootServices } from '../../control/control-api.ts';
import type { Version } from '../version.ts';

/**
 * What Chatwoot says of itself without a token: `/health` since 4.11, which looks at nothing, and `/api`, which answers
 * 200 also while its Redis or its database fails. `/rails/health` does not exist.
 * @returns null for every other path
 */
export function answerHealth(
  pathname: string,
  self: { version: Version; services: ChatwootServices; now: number },
): ApiAnswer | null {
  const { version, services, now } = self;
  if (pathname === '/health') return version.atLeast('4.11.0') ? ok({ status: 'woot' }) : null;
  if (pathname !== '/api') return null;
  return ok({
    version: version.text(),
    timestamp: new Date(now).toISOString().slice(0, 19).replace('T', ' '),
    queue_services: services === 'queue_failing' ? 'failing' : 'ok',
    data_services: services === 'data_failing' ? 'failing' : 'ok',
  });
}
