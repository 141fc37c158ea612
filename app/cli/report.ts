import { readReport } from '../features/report/read-report.server.ts';
import { formatReport, parseFormat } from '../features/report/report-formats.ts';
import type { IncidentReport } from '../features/report/report-view.ts';
import { argumentsOrExit, remoteOptions, WrongUsage } from './command-line.ts';
import { fail, runHereOrRemote } from './with-services.server.ts';
import { parseRowNumber } from '../lib/http/form-fields.ts';

const COMMAND = {
  name: 'ops:report',
  takes: '--incident N',
  does: 'Prints the report of an incident.',
  options: {
    incident: { type: 'string', value: 'N', help: 'its number; "npm run ops:incidents" lists them' },
    format: { type: 'string', value: 'FORMAT', help: 'md (Markdown, unless told otherwise), html or json' },
    json: { type: 'boolean', help: 'the same as --format json' },
    ...remoteOptions('page.read; with texts.read it has the customers too'),
  },
  ends: ['when it was printed', 'when there is no such incident, or nobody could look'],
} as const;

const args = argumentsOrExit(COMMAND, (values, words) => {
  const incidentId = parseRowNumber(values.incident);
  if (incidentId === null || words.length > 0)
    throw new WrongUsage('Name the incident: --incident N ("npm run ops:incidents" lists them).');
  const wanted = values.json ? 'json' : (values.format ?? 'md');
  const format = parseFormat(wanted);
  if (!format) throw new WrongUsage(`--format takes md, html or json, not "${wanted}".`);
  return { ...values, incidentId, format };
});
const { incidentId, format } = args;

function show(report: IncidentReport): Promise<number> {
  const text = formatReport(report, format);
  // Through a pipe the process must not end before all of it is written.
  return new Promise((resolve) => process.stdout.write(text, () => resolve(0)));
}

await runHereOrRemote(args, {
  async here(services) {
    const report = await readReport(services, {
      incidentId,
      withCustomers: true,
      now: services.db.clock.now(),
    });
    return report ? show(report) : fail(`There is no incident ${incidentId}.`, false);
  },
  async remote(remote) {
    const found = await remote.get(`/api/incidents/${incidentId}/report`);
    // Over HTTP times come as Date objects: JSON makes them the texts they were.
    return show(JSON.parse(JSON.stringify(found)) as IncidentReport);
  },
});
