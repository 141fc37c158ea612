import { randomBytes, timingSafeEqual } from 'node:crypto';
import { inTransaction } from '../../lib/transaction.server.ts';
import { tokenHash } from './one-time-token.server.ts';
import { signIn, type Caller, type SignInOutcome } from './sign-in.server.ts';

const DEMO = { id: 'demo', name: 'Demo admin', email: 'admin@demo.example' };

/**
 * Signs in as the demo's admin by its printed link, which works as long as the demo runs. Only the demo launcher starts
 * an app that has such a link.
 * @returns null when this app has none, or another
 */
export async function signInToDemo(caller: Caller, token: string, now: Date): Promise<SignInOutcome | null> {
  const { access, services } = caller;
  if (!access.demo || !timingSafeEqual(tokenHash(token), access.demo)) return null;
  const password = randomBytes(24).toString('base64url');
  const hash = await (await access.auth().$context).password.hash(password);
  await inTransaction(services.db.pool, async (client) => {
    await client.query(
      `INSERT INTO people (id, name, email, email_verified, role) VALUES ($1, $2, $3, true, 'admin')
       ON CONFLICT (id) DO UPDATE SET role = 'admin', deactivated_at = NULL`,
      [DEMO.id, DEMO.name, DEMO.email],
    );
    await client.query(
      `INSERT INTO sign_in_methods (id, person_id, provider_id, account_id, password)
       VALUES ($1, $1, 'credential', $1, $2)
       ON CONFLICT (provider_id, account_id) DO UPDATE SET password = EXCLUDED.password`,
      [DEMO.id, hash],
    );
  });
  return signIn(caller, { email: DEMO.email, password, now });
}
