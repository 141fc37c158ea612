import { prettyFactory } from 'pino-pretty';

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
