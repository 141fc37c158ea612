export interface Finding {
  part: string;
  what: string;
  value: number;
  unit: '/s' | '×' | 'µs' | 'ms' | 's' | 'MB' | '';
  /** What the value must not be below or above; a finding without it is only reported. */
  bound?: { atLeast: number } | { atMost: number };
}

/** What a benchmark hands back: its lines of the table, and the raw figures of every round for the file. */
export interface PartResult {
  findings: Finding[];
  raw: unknown;
}

export function isMissed({ value, bound }: Finding): boolean {
  if (!bound) return false;
  // A figure that could not be measured is not a bound that holds.
  return 'atLeast' in bound ? !(value >= bound.atLeast) : !(value <= bound.atMost);
}

const DIGITS: Record<Finding['unit'], number> = { '/s': 0, '×': 2, µs: 0, ms: 1, s: 1, MB: 0, '': 0 };

function figure(value: number, unit: Finding['unit']): string {
  if (Number.isNaN(value)) return '–';
  const digits = DIGITS[unit];
  const text = value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return unit === '/s' ? `${text}/s` : `${text} ${unit}`.trim();
}

/** The findings as a table of plain text. */
export function table(findings: readonly Finding[]): string {
  const rows = findings.map((finding) => {
    const { bound, unit } = finding;
    const limit =
      bound === undefined
        ? ''
        : 'atLeast' in bound
          ? `≥ ${figure(bound.atLeast, unit)}`
          : `≤ ${figure(bound.atMost, unit)}`;
    const verdict = bound === undefined ? '' : isMissed(finding) ? 'MISSED' : 'ok';
    return [finding.part, finding.what, limit, figure(finding.value, unit), verdict];
  });
  const all = [['part', 'what', 'bound', 'measured', ''], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        column >= 2 && column <= 3 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd();
  return [line(all[0]!), widths.map((width) => '-'.repeat(width)).join('  '), ...all.slice(1).map(line)].join(
    '\n',
  );
}
