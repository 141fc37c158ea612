import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';
import { countLine, type FileCount } from './run-counts.ts';

/**
 * Closes the run with `N passed, N failed`. Under `npm test` (test/run.ts) it hands the counts of each file over in the
 * file that `TEST_COUNTS` names, and test/run.ts closes with that line.
 */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]) {
    const files = modules.map(countOf);
    if (errors.length > 0) files.push({ file: null, passed: 0, failed: errors.length });
    if (process.env.TEST_COUNTS) writeFileSync(process.env.TEST_COUNTS, JSON.stringify(files));
    else process.stdout.write(`${countLine(files)}\n`);
  }
}

function countOf(module: TestModule): FileCount {
  const states = [...module.children.allTests()].map((test) => test.result().state);
  const passed = states.filter((state) => state === 'passed').length;
  const broken = module.errors().length > 0 ? 1 : 0;
  return { file: module.moduleId, passed, failed: states.length - passed + broken };
}
