import type { AppLoadContext } from '@remix-run/node';
import type { Asker } from './asker.ts';
import { readApiToken } from './read-api-token.server.ts';
import { readSession } from './read-session.server.ts';

export type Identity =
  | { outcome: 'known'; asker: Asker }
  | { outcome: 'nobody' }
  | { outcome: 'unknown_token' }
  | { outcome: 'too_many_tries'; retryAfterSeconds: number }
  | { outcome: 'database_away' };

/** Who makes a request: by its `Authorization: Bearer` if it has one, whatever its cookies say, else by its session. */
export async function identify(
  request: Request,
  context: Pick<AppLoadContext, 'access' | 'services' | 'clientAddress'>,
): Promise<Identity> {
  const { services, clientAddress } = context;
  const authorization = request.headers.get('Authorization');
  if (authorization !== null) {
    if (services.db.status().state !== 'up') return { outcome: 'database_away' };
    const token = /^Bearer +(\S{1,512})$/i.exec(authorization.trim())?.[1] ?? '';
    const read = await readApiToken(services.db.pool, token, clientAddress, services.db.clock.now());
    return read.outcome === 'token' ? { outcome: 'known', asker: read.asker } : read;
  }
  const read = await readSession(context, request, clientAddress);
  switch (read.outcome) {
    case 'session':
      return { outcome: 'known', asker: read.asker };
    case 'none':
      return { outcome: 'nobody' };
    case 'database_away':
      return read;
  }
}
