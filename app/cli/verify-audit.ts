import { verifyAudit } from '../features/audit/verify-audit.server.ts';
import { runWithServices } from './with-services.server.ts';

const USAGE = `npm run ops:verify-audit
Recomputes the hash chain of the audit log. Ends with 0 when every row is as it was written, with 3 when not (the line
names the first bad row), with 1 when it could not be checked.
`;

/** Ends of a process: nothing wrong, wrong usage, tampering found. */
const [INTACT, USAGE_ERROR, TAMPERED] = [0, 2, 3];

const [flag] = process.argv.slice(2);
if (flag === '--help' || flag === '-h') {
  process.stdout.write(USAGE);
} else if (flag !== undefined) {
  process.stderr.write(`"${flag}" is not an option.\n${USAGE}`);
  process.exitCode = USAGE_ERROR;
} else {
  await runWithServices(async (services) => {
    const verdict = await verifyAudit(services.db.pool);
    if (verdict.outcome !== 'intact') {
      process.stderr.write(`Audit log NOT intact: ${verdict.problem}.\n`);
      return TAMPERED;
    }
    const { rows, hash, recordedHeads } = verdict;
    const head = hash ? ` Head: ${hash}.` : '';
    process.stdout.write(`Audit log intact: ${rows} rows, ${recordedHeads} recorded heads agree.${head}\n`);
    return INTACT;
  });
}
