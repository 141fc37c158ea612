import { parseArgs } from 'node:util';
import { parseIncidentId } from '../features/incidents/incident-form.ts';
import { readReport } from '../features/report/read-report.view.server.ts';
import { formatReport, parseFormat } from '../features/report/report-formats.ts';
import type { IncidentReport } from '../features/report/report-view.ts';
import { connectRemote, runRemote } from './remote.server.ts';
import { fail, runWithServices } from './with-services.server.ts';

const USAGE = `npm run ops:report -- --incident N [--format md|html|json]
Prints the report of an incident: as Markdown unless another format is named. Ends with 0.
With --url of a remote app, whose API token is in OUTAGE_CENTER_TOKEN or given with --token.\n`;

function argumentsOrExit() {
  try {
    const { values } = parseArgs({
      options: {
        incident: { type: 'string' },
        format: { type: 'string', default: 'md' },
        url: { type: 'string' },
        token: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help) {
      process.stdout.write(USAGE);
      return process.exit(0);
    }
    const incidentId = parseIncidentId(values.incident);
    const format = parseFormat(values.format);
    if (incidentId === null)
      throw new Error('Name the incident: --incident N ("npm run ops:incidents" lists them).');
    if (!format) throw new Error(`--format is md, html or json, not "${values.format}".`);
    return { ...values, incidentId, format };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}`);
    return process.exit(2);
  }
}

const { incidentId, format, url, token } = argumentsOrExit();

function show(report: IncidentReport): Promise<number> {
  const text = formatReport(report, format);
  // Through a pipe the process must not end before all of it is written.
  return new Promise((resolve) => process.stdout.write(text, () => resolve(0)));
}

if (url === undefined)
  await runWithServices(async (services) => {
    const report = await readReport(services, { incidentId, withCustomers: true, now: new Date() });
    return report ? show(report) : fail(`There is no incident ${incidentId}.`, false);
  });
else {
  const remote = connectRemote(url, token);
  await runRemote(async () => {
    const found = await remote.get(`/api/incidents/${incidentId}/report`);
    // Over HTTP times come as Date objects: JSON makes them the texts they were.
    return show(JSON.parse(JSON.stringify(found)) as IncidentReport);
  });
}
