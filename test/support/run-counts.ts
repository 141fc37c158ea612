/** What came of one test file. Whatever did not pass has failed: a skipped test too. */
export interface FileCount {
  /** Absolute path; null for an error that belongs to no file. */
  file: string | null;
  passed: number;
  failed: number;
}

/** The line that .ci/run ends with. */
export function countLine(files: readonly FileCount[]): string {
  const sum = (key: 'passed' | 'failed') => files.reduce((total, file) => total + file[key], 0);
  return `${sum('passed')} passed, ${sum('failed')} failed`;
}

/** Files to run once more; none when an error belongs to no file, for then nobody knows what it spoilt. */
export function filesToRepeat(files: readonly FileCount[]): string[] {
  const failed = files.filter((one) => one.failed > 0);
  return failed.some(({ file }) => file === null) ? [] : failed.map(({ file }) => file!);
}

/** The counts of a run with those of a later run in place of the files that it repeated. */
export function withRepeated(files: readonly FileCount[], repeated: readonly FileCount[]): FileCount[] {
  const again = new Set(repeated.map(({ file }) => file));
  return [...files.filter(({ file }) => !again.has(file)), ...repeated];
}
