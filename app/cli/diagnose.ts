import { setTimeout as delay } from 'node:timers/promises';
import { investigateArrival } from '../features/arrival/look/investigate-arrival.server.ts';
import { recordAudit } from '../features/audit/record-audit.server.ts';
import { type Finding, INVESTIGATIONS } from '../features/health/investigations/finding.ts';
import { investigate } from '../features/health/investigations/investigate.server.ts';
import { openChatwootClock } from '../lib/chatwoot/clock.server.ts';
import { openChatwootClient } from '../lib/chatwoot/chatwoot-client.server.ts';
import { type Database, databaseSettings, openDatabase } from '../lib/database/database.server.ts';
import { LEAST } from '../lib/database/limits.ts';
import { inTransaction } from '../lib/database/transaction.server.ts';
import { createLog } from '../lib/log.server.ts';
import { loadConfigOrExit } from '../lib/settings/load-config.server.ts';
import { argumentsOrExit, JSON_OPTION, WRONG_SETTINGS } from './command-line.ts';
import { cliActor } from './with-services.server.ts';

const HEADINGS: Record<Finding['what'], string> = {
  scope: 'Who answers',
  connectivity: 'DNS, TCP and TLS',
  dependencies: 'What Chatwoot and this app depend on',
  signature: 'Webhook and signature',
  arrival: 'Do messages arrive',
  deliveries: 'Recent deliveries',
  agent_endpoint: 'Test event to the Agent service',
};

/** The findings under the runbook's headings, each that is wrong with its next step, and a last line that sums up. */
export function diagnosisText(findings: readonly Finding[]): string {
  const lines: string[] = [];
  let heading: Finding['what'] | undefined;
  for (const { what, ok, evidence, nextStep } of findings) {
    if (what !== heading) lines.push('', HEADINGS[what]);
    heading = what;
    lines.push(`  ${ok ? 'ok     ' : 'WRONG  '}${evidence}`);
    if (nextStep) lines.push(`         → ${nextStep}`);
  }
  const wrong = findings.filter(({ ok }) => !ok).length;
  lines.push(
    '',
    wrong === 0 ? 'Nothing wrong was found.' : `${wrong} of ${findings.length} findings need somebody.`,
  );
  return `${lines.slice(1).join('\n')}\n`;
}

const COMMAND = {
  name: 'ops:diagnose',
  does: `Goes through the runbook's investigation (sections 1 and 2) and says what it found, with the next step for each: who
answers, DNS, TCP and TLS, what Chatwoot and this app depend on, Chatwoot's webhook and its signature, whether what was
written in Chatwoot arrived here and if not most likely why, recent deliveries.
Posts one test event to the Agent service, as the runbook's curl does, unless told not to.
Works without the app; without its database it leaves out what is in there.`,
  options: {
    'no-test-event': { type: 'boolean', help: 'posts nothing to the Agent service' },
    json: JSON_OPTION,
  },
  ends: ['when nothing is wrong', 'when something is'],
} as const;

/** The database gets this long to answer, ms: in an outage it may be what is down. */
const REACH_MS = 8000;
async function reached(db: Database): Promise<boolean> {
  return Promise.race([db.ready.then(() => true), delay(REACH_MS, false, { ref: false })]);
}

const { json, 'no-test-event': withoutTestEvent } = argumentsOrExit(COMMAND);
const testEvent = !withoutTestEvent;
const config = loadConfigOrExit();
if (!config.connection) {
  process.stderr.write(
    'Nothing to diagnose: set CHATWOOT_BASE_URL, CHATWOOT_ACCOUNT_ID, CHATWOOT_API_TOKEN and AGENT_SDK_URL (see .env.example).\n',
  );
  process.exit(WRONG_SETTINGS);
}
const db = openDatabase({ ...databaseSettings(config), poolMax: LEAST, log: createLog('silent') });
const hasDatabase = await reached(db);
const tools = { config, db: hasDatabase ? db : undefined };
const wanted = INVESTIGATIONS.filter((what) => testEvent || what !== 'agent_endpoint');
if (hasDatabase && testEvent)
  await inTransaction(db.pool, (client) =>
    recordAudit(client, {
      actor: cliActor(),
      action: 'agent.test_event',
      target: 'the Agent service',
      at: db.clock.now(),
    }),
  );
const found = await Promise.all(wanted.map((what) => investigate(tools, what, db.clock.now())));
const findings: Finding[] = found.flat();
if (hasDatabase) {
  const chatwootClock = openChatwootClock(db);
  await chatwootClock.refresh();
  const client = openChatwootClient({ config, chatwootClock })!;
  const arrival = await investigateArrival({ config, db, chatwootClock }, client, () => db.clock.now());
  const after = findings.findLastIndex(({ what }) => what === 'signature');
  findings.splice(after + 1, 0, arrival);
}
const { trouble } = db.status();
if (!hasDatabase)
  findings.push({
    what: 'deliveries',
    title: 'Database',
    ok: false,
    evidence: `${trouble?.sentence ?? `The database did not answer within ${REACH_MS / 1000} s.`} Whether messages arrive, deliveries and dead letters were not looked at.`,
    nextStep: trouble?.cure ?? 'See that PostgreSQL runs and takes connections.',
  });
const ok = findings.every((finding) => finding.ok);
process.stdout.write(
  json ? `${JSON.stringify({ at: db.clock.now(), ok, findings })}\n` : diagnosisText(findings),
);
await db.stop();
process.exit(ok ? 0 : 1);
