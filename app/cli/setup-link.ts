import { openAccess } from '../features/access/access.server.ts';
import { operatorsSetupPath } from '../features/access/links/make-links.server.ts';
import { argumentsOrExit } from './command-line.ts';
import { cliActor, runWithServices } from './with-services.server.ts';

argumentsOrExit({
  name: 'ops:setup-link',
  does: 'Prints a link that makes an admin: once, within an hour.',
  options: {},
  ends: ['when it was printed', 'when it could not be made'],
});
await runWithServices(async (services) => {
  const access = openAccess(services);
  const path = await operatorsSetupPath(services, cliActor(), services.db.clock.now());
  process.stdout.write(`${access.baseUrl()}${path}\n`);
  access.stop();
  return 0;
});
