import { openAccess } from '../features/access/access.server.ts';
import { operatorsSetupPath } from '../features/access/setup-link.server.ts';
import { cliActor, runWithServices } from './with-services.server.ts';

const USAGE = `npm run ops:setup-link
Prints a link that makes an admin: once, within an hour.\n`;

if (process.argv.length > 2) {
  process.stdout.write(USAGE);
  process.exit(process.argv.includes('--help') || process.argv.includes('-h') ? 0 : 2);
}
await runWithServices(async (services) => {
  const access = openAccess(services);
  const path = await operatorsSetupPath(services, cliActor(), new Date());
  process.stdout.write(`${access.baseUrl()}${path}\n`);
  access.stop();
  return 0;
});
