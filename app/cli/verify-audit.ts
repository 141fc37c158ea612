import { verifyAudit } from '../features/audit/verify-audit.server.ts';
import { argumentsOrExit, JSON_OPTION } from './command-line.ts';
import { fail, runWithServices } from './with-services.server.ts';

const { json } = argumentsOrExit({
  name: 'ops:verify-audit',
  does: 'Recomputes the hash chain of the audit log: is every row as it was written?',
  options: { json: JSON_OPTION },
  ends: ['when it is', 'when it is not (the line names the first bad row), or nobody could look'],
});

await runWithServices(async ({ db }) => {
  const verdict = await verifyAudit(db.pool);
  if (json) process.stdout.write(`${JSON.stringify(verdict)}\n`);
  if (verdict.outcome !== 'intact') return fail(`Audit log NOT intact: ${verdict.problem}.`, false);
  const { rows, hash, recordedHeads } = verdict;
  const head = hash ? ` Head: ${hash}.` : '';
  if (!json)
    process.stdout.write(`Audit log intact: ${rows} rows, ${recordedHeads} recorded heads agree.${head}\n`);
  return 0;
});
