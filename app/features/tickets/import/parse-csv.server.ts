import { CsvError, type Info, parse } from 'csv-parse/sync';
import iconv from 'iconv-lite';
import { type Column, columnsOf } from './read-row.ts';

/** Most that one file may bring; what an outage of a day makes by hand is far below. */
const MOST_ROWS = 5000;

interface CsvRow {
  /** Line of the file on which the row begins, from 1, as an editor counts. */
  line: number;
  cells: Partial<Record<Column, string>>;
}

interface BadRow {
  line: number;
  /** In words, for the person who wrote the file. */
  problem: string;
}

export type ParsedCsv =
  | { outcome: 'parsed'; rows: CsvRow[]; bad: BadRow[] }
  | { outcome: 'empty' }
  /** There is no line with "Customer" and "Issue". */
  | { outcome: 'no_header'; found: string[] }
  | { outcome: 'too_many_rows' };

const MOST_IN_RECORD = 100_000;
const DELIMITERS = [',', ';', '\t', '|'];

/** A file with more broken quotation marks is no spreadsheet; each costs reading the rest again. */
const MOST_RESUMES = 50;

/** Reads a spreadsheet of tickets; the delimiter is the one with which its first line has the most columns known. */
export function parseCsv(file: string): ParsedCsv {
  const text = file.replaceAll(/\r\n?/g, '\n');
  if (text.trim() === '') return { outcome: 'empty' };
  // Excel's own way to name the delimiter.
  const [named = '', delimiter = null] = /^sep=(.)\n/i.exec(text) ?? [];
  const headers = (delimiter === null ? DELIMITERS : [delimiter]).map((one) =>
    readHeader(text.slice(named.length), one),
  );
  const best = headers.reduce((a, b) => (known(b.columns) > known(a.columns) ? b : a));
  if (best.columns.customer === undefined || best.columns.issue === undefined)
    return { outcome: 'no_header', found: best.cells.slice(0, 20) };
  return readRows(text, { ...best, after: best.lines + (named ? 1 : 0) });
}

interface Header {
  delimiter: string;
  cells: string[];
  columns: Partial<Record<Column, number>>;
  /** Lines up to its end. */
  lines: number;
}

const known = (columns: Header['columns']) => Object.keys(columns).length;

function readHeader(text: string, delimiter: string): Header {
  const { records } = readUntilProblem(text, delimiter, 1);
  const { cells = [], lines = 1 } = records[0] ?? {};
  return { delimiter, cells, columns: columnsOf(cells), lines };
}

interface ReadRecord {
  cells: string[];
  /** Line breaks of the text up to its end. */
  lines: number;
}

/** Reads up to the first record that is not understood. @param most records, at most */
function readUntilProblem(
  text: string,
  delimiter: string,
  most: number,
): { records: ReadRecord[]; problem: CsvError | null } {
  const records: ReadRecord[] = [];
  try {
    parse(text, {
      delimiter,
      to: most,
      record_delimiter: '\n',
      relax_column_count: true,
      max_record_size: MOST_IN_RECORD,
      on_record(cells: string[], { lines }: Info) {
        records.push({ cells, lines });
        return null;
      },
    });
    return { records, problem: null };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return { records, problem: error };
  }
}

/** A quotation mark too many would take what follows it along: reading goes on in the line after it. */
function readRows(text: string, header: Header & { after: number }): ParsedCsv {
  const rows: CsvRow[] = [];
  const bad: BadRow[] = [];
  let done = header.after;
  for (let resumed = 0; ; resumed += 1) {
    const rest = text.split('\n').slice(done).join('\n');
    const { records, problem } = readUntilProblem(rest, header.delimiter, MOST_ROWS + 1);
    let line = done + 1;
    for (const record of records) {
      addRow({ ...record, line }, header, rows, bad);
      line = done + record.lines + 1;
    }
    if (rows.length + bad.length > MOST_ROWS) return { outcome: 'too_many_rows' };
    if (problem === null) break;
    bad.push({ line, problem: problemOf(problem) });
    done = line;
    if (resumed < MOST_RESUMES) continue;
    bad.push({
      line: line + 1,
      problem: 'nothing was read from here on: too many lines before it are broken',
    });
    break;
  }
  return { outcome: 'parsed', rows, bad };
}

function addRow(record: ReadRecord & { line: number }, header: Header, rows: CsvRow[], bad: BadRow[]): void {
  const { cells, line } = record;
  if (cells.every((cell) => cell.trim() === '')) return;
  const { columns, delimiter } = header;
  if (cells.slice(header.cells.length).some((cell) => cell.trim() !== ''))
    bad.push({
      line,
      problem: `it has ${cells.length} cells and the first line ${header.cells.length}: put quotation marks around a cell that has "${delimiter}" in it`,
    });
  else
    rows.push({
      line,
      cells: Object.fromEntries(Object.entries(columns).map(([column, at]) => [column, cells[at] ?? ''])),
    });
}

function problemOf({ code }: CsvError): string {
  if (code === 'CSV_QUOTE_NOT_CLOSED') return 'a quotation mark is opened and never closed';
  if (code === 'CSV_MAX_RECORD_SIZE') return 'it is too long';
  return 'a quotation mark stands inside a cell: write it twice, and put the cell in quotation marks';
}

export type Encoding = 'utf8' | 'utf16le' | 'utf16be' | 'windows1252';

/** Share of zero bytes on one side from which a file without a byte order mark is UTF-16: Western text has nearly all. */
const ZEROS = 0.3;
const LOOKED_AT = 4096;

/**
 * A file's text, in the encoding that spreadsheets write: UTF-8 or UTF-16, with or without a byte order mark; what is no
 * UTF-8 is Windows-1252, which Excel writes as "CSV".
 */
export function decodeText(bytes: Buffer): { text: string; encoding: Encoding } {
  const encoding = encodingOf(bytes);
  return { text: iconv.decode(bytes, encoding, { stripBOM: true }), encoding };
}

function encodingOf(bytes: Buffer): Encoding {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf16be';
  const head = bytes.subarray(0, LOOKED_AT);
  const zeros = [0, 0];
  head.forEach((byte, at) => {
    if (byte === 0) zeros[at % 2]! += 1;
  });
  const [even = 0, odd = 0] = zeros.map((n) => (n * 2) / Math.max(1, head.length));
  if (odd > ZEROS && odd > even) return 'utf16le';
  if (even > ZEROS) return 'utf16be';
  return isUtf8(bytes) ? 'utf8' : 'windows1252';
}

function isUtf8(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
