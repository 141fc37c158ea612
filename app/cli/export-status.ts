import path from 'node:path';
import { buildDocument, exportStatus } from '../features/status/build-document.server.ts';
import { countText } from '../lib/words.ts';
import { argumentsOrExit, WrongUsage } from './command-line.ts';
import { fail, runWithServices } from './with-services.server.ts';

const options = argumentsOrExit(
  {
    name: 'ops:export-status',
    does: 'Writes the public status page as files, to be served from elsewhere.',
    options: {
      to: {
        type: 'string',
        value: 'DIR',
        help: 'the folder; what is in it of an earlier export is replaced',
      },
    },
    ends: ['when all files are written', 'when they are not'],
  },
  ({ to }) => {
    if (!to) throw new WrongUsage('Say where to: --to DIR.');
    return { to: path.resolve(to) };
  },
);

await runWithServices(async (services) => {
  const now = services.db.clock.now();
  const document = await buildDocument(services, now);
  if (!document)
    return fail(
      'Nothing was written: the status page is off. An admin switches it on on the page "Status page".',
      false,
    );
  const files = await exportStatus(document, options.to, now);
  process.stdout.write(`${countText(files, 'file')} in ${options.to}\n`);
  return 0;
});
