import { pino, type Logger } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { redacted } from './log-redaction.ts';

export type { Logger };

/** Characters of an error's message that are logged: a library may quote what it was given. */
const MESSAGE_LENGTH = 300;
/** Lines of a stack, without the message in front. */
const STACK_LINES = 12;

/** What acts in a terminal though JSON leaves it as it is: DEL, C1 controls, line separators, direction overrides. */
const ACTING = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/**
 * Lines on standard output: for a person on a terminal, JSON for whatever else reads them. Never pass a body, a header map, a message text or a secret;
 * the redaction is the second line of defence, not the first.
 */
export function createLog(level: string, format: 'json' | 'pretty' | 'auto' = 'json'): Logger {
  const output = openOutput();
  const isTerminal = process.stdout.isTTY;
  const isPretty = format === 'pretty' || (format === 'auto' && isTerminal);
  const shown = isPretty ? createPrettyLines(isTerminal && !process.env.NO_COLOR) : (line: string) => line;
  const log = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: describeForLog },
      formatters: { log: redacted },
    },
    { write: (line: string) => output(shown(harmless(line))) },
  );
  // What a child adds to each of its lines goes by no formatter.
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with the logger whose child is wanted
  const makeChild = log.child;
  log.child = function (this: Logger, fields, options) {
    return makeChild.call(this, redacted(fields), options);
  } as Logger['child'];
  return log;
}

/**
 * Writes the lines of one turn of the event loop at once, and what is left when the process ends: a line for each webhook and
 * each attempt would else be a system call of its own. A process that is killed takes the lines of its last turn along.
 */
function openOutput(): (text: string) => void {
  const output = pino.destination({ fd: 1, sync: true });
  let lines = '';
  const write = () => {
    process.off('exit', write);
    output.write(lines);
    lines = '';
  };
  return (text) => {
    if (lines === '') {
      setImmediate(write);
      process.on('exit', write);
    }
    lines += text;
  };
}

/** What opens something for whoever reads it, where an address or a message carries it: one-time links, tokens. */
const KEYS = /(\/(?:invite|setup|demo|acknowledge)\/|[?&]token=|\bBearer )[\w.~+/%-]{8,}|\boc_[\w-]{20,}/g;

/** One JSON line that acts on no terminal: what acts stands as its escape, which JSON reads as the same character. What
 * opens something is not in it.
 */
function harmless(line: string): string {
  return line
    .replaceAll(KEYS, (_all, before = '') => `${before}[hidden]`)
    .replace(ACTING, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** An error without its own properties: a database driver's `detail` quotes rows, a parser's message its input. */
function describeForLog(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const { name, message, stack = '' } = error;
  const { code } = error as { code?: unknown };
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  return {
    type: name,
    message: message.slice(0, MESSAGE_LENGTH),
    ...(typeof code === 'string' && { code }),
    stack: frames.slice(0, STACK_LINES).join('\n'),
  };
}

/** What moves the cursor, colours, or reorders what stands on a terminal. */
// eslint-disable-next-line no-control-regex -- these are what is looked for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

const escaped = (text: string): string =>
  text.replace(CONTROLS, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** A log line's values, harmless on a terminal; a stack keeps its lines. */
const tame = (key: string, value: unknown): unknown => {
  if (typeof value !== 'string') return value;
  return key === 'stack' ? value.split('\n').map(escaped).join('\n') : escaped(value);
};

/**
 * What a person at a terminal reads in place of a JSON line: the time, the level, what happened.
 * @param colours whether the terminal shows them
 */
export function createPrettyLines(colours: boolean): (line: string) => string {
  const pretty = prettyFactory({ colorize: colours, translateTime: 'SYS:HH:MM:ss', singleLine: true });
  return (line) => pretty(JSON.parse(line, tame) as object);
}
