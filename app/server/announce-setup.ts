import type { Access } from '../features/access/access.server.ts';
import { firstSetupPath } from '../features/access/setup-link.server.ts';
import type { Services } from '../lib/services.server.ts';

/**
 * Prints the link that makes the first admin as soon as the database is there, at each start until somebody has used
 * one. Each start makes a new link, because only hashes are kept; the older ones go on until they expire or one is used.
 */
export function announceSetup(services: Services, access: Access, port: number): void {
  if (access.demo) return;
  services.db.ready
    .then(async () => {
      const path = await firstSetupPath(services, services.db.clock.now());
      if (path) process.stdout.write(setupText(access.baseUrl(port) + path));
    })
    .catch((error: unknown) => services.log.error({ problem: String(error) }, 'no set-up link made'));
}

const setupText = (url: string) => `
Nobody can sign in yet. Open this link within 24 hours to become the first admin; it works once:

  ${url}

`;
