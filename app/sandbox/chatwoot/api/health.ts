import { NO_SUCH_PATH, ok, SERVER_ERROR, type ApiAnswer } from './answer.ts';
import type { ChatwootServices } from '../../control/control-api.ts';
import type { Version } from '../version.ts';

export interface HealthView {
  version: Version;
  services: ChatwootServices;
  meetsIdleConnection: () => boolean;
  now: number;
}

/**
 * What Chatwoot says of itself without a token: `/health` since 4.11, which looks at nothing, and `/api`, which answers
 * 200 also while its Redis refuses or its database is gone. `/rails/health` and `/up` do not exist.
 * @returns null for every other path
 */
export function answerHealth(pathname: string, view: HealthView): ApiAnswer | null {
  const { version, services, now } = view;
  if (pathname === '/health') return version.atLeast('4.11.0') ? ok({ status: 'woot' }) : NO_SUCH_PATH;
  if (pathname !== '/api') return null;
  if (services === 'redis_hanging') return { ...SERVER_ERROR, waitMs: 3000 };
  const queueFails = services === 'queue_failing' || services === 'redis_gone';
  const dataFail = services === 'data_failing' || services === 'database_gone' || view.meetsIdleConnection();
  return ok({
    version: version.text(),
    timestamp: new Date(now).toISOString().slice(0, 19).replace('T', ' '),
    queue_services: queueFails ? 'failing' : 'ok',
    data_services: dataFail ? 'failing' : 'ok',
  });
}
