import { parseArgs } from 'node:util';

/** An option: what `parseArgs` takes, and what the usage says of it. */
export interface CommandOption {
  type: 'string' | 'boolean';
  multiple?: boolean;
  /** What stands for its value in the usage, e.g. `ADDRESS`. */
  value?: string;
  help: string;
  /** Line above it in the usage, where a group of options begins. */
  heading?: string;
}

export interface Command<O extends Record<string, CommandOption>> {
  /** As `npm run` knows it. */
  name: string;
  /** Words that have to follow it, for the usage. */
  takes?: string;
  does: string;
  options: O;
  /** When it ends with 0, and when with 1. */
  ends: readonly [done: string, notDone: string];
}

/** What is wrong with a command line and what to do, in a sentence. */
export class WrongUsage extends Error {}

/** EX_CONFIG: what the app itself ends with then. */
export const WRONG_SETTINGS = 78;

export const JSON_OPTION = { type: 'boolean', help: 'prints one JSON object' } as const;

/** For commands that can work through a running app. @param rights that the API token needs */
export const remoteOptions = (rights: string) =>
  ({
    url: {
      type: 'string',
      value: 'ADDRESS',
      help: "through the app that runs at this address, instead of in this machine's database",
      heading: 'Somewhere else:',
    },
    token: {
      type: 'string',
      value: 'TOKEN',
      help: `API token for it, with the right to ${rights}; better in OUTAGE_CENTER_TOKEN, where other users cannot read it`,
    },
  }) as const;

const HELP = { help: { type: 'boolean', short: 'h' } } as const;

type Environment = Record<string, string | undefined>;

type Parsed<O extends Record<string, CommandOption>> = ReturnType<
  typeof parseArgs<{ options: O; allowPositionals: true }>
>;
export type Values<O extends Record<string, CommandOption>> = Parsed<O>['values'];
export type CommandLine<T> =
  { outcome: 'run'; value: T } | { outcome: 'help'; text: string } | { outcome: 'wrong'; problem: string };

/**
 * Reads a command line; with `--url` the token of OUTAGE_CENTER_TOKEN is among the values unless another is given.
 * @param read makes of it what the command works with; may throw WrongUsage
 */
export function parseCommandLine<O extends Record<string, CommandOption>, T>(
  command: Command<O>,
  read: (values: Values<O>, words: string[]) => T,
  { args, environment }: { args: string[]; environment: Environment },
): CommandLine<T> {
  try {
    refuseSwallowed(command, environment);
    const parsed = parse(command, args);
    if ('help' in parsed.values) return { outcome: 'help', text: usageOf(command) };
    const [word] = parsed.positionals;
    if (word !== undefined && !command.takes) throw new WrongUsage(`"${word}" is not an option.`);
    const remote = judgeRemote(parsed.values, environment);
    return { outcome: 'run', value: read({ ...parsed.values, ...remote }, parsed.positionals) };
  } catch (error) {
    if (!(error instanceof WrongUsage)) throw error;
    const more = `"npm run ${command.name} -- --help" says what it takes.`;
    return { outcome: 'wrong', problem: `${error.message} ${more}` };
  }
}

function parse<O extends Record<string, CommandOption>>({ options }: Command<O>, args: string[]): Parsed<O> {
  try {
    const parsed = parseArgs({ args, allowPositionals: true, options: { ...options, ...HELP } });
    return parsed;
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    if (!code?.startsWith('ERR_PARSE_ARGS_')) throw error;
    const name = /'(-[^' ]+)/.exec(message)?.[1] ?? '';
    const option = options[name.slice(2)];
    if (!option) throw new WrongUsage(`${name} is not an option.`, { cause: error });
    throw new WrongUsage(
      option.type === 'boolean'
        ? `${name} takes no value.`
        : `${name} needs a value: ${name} ${option.value}.`,
      { cause: error },
    );
  }
}

/** Without `--` npm keeps what it takes for options of its own: `--dry-run` would be left out, and all be done. */
function refuseSwallowed(
  { name, options }: Command<Record<string, CommandOption>>,
  environment: Environment,
) {
  const key = (option: string) => `npm_config_${option.replace(/^no-/, '').replaceAll('-', '_')}`;
  const swallowed = Object.keys(options).filter((option) => environment[key(option)] !== undefined);
  if (swallowed.length > 0)
    throw new WrongUsage(
      `npm kept ${swallowed.map((option) => `--${option}`).join(', ')} for itself, so nothing was done: write "--" before all options, as in "npm run ${name} -- --${swallowed[0]}".`,
    );
}

/** @returns the token to use, if there is a `--url` */
function judgeRemote(values: object, environment: Environment): { token?: string } {
  const { url, token } = values as { url?: string; token?: string };
  if (url === undefined) {
    if (token !== undefined) throw new WrongUsage('--token goes with --url: nothing else needs one.');
    return {};
  }
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new WrongUsage(`--url takes an address such as https://outage.example.com, not "${url}".`);
  const bearer = token ?? environment.OUTAGE_CENTER_TOKEN?.trim();
  if (!bearer)
    throw new WrongUsage(
      '--url needs an API token: put it into OUTAGE_CENTER_TOKEN, or give it with --token.',
    );
  if (!/^[\x21-\x7e]+$/.test(bearer))
    throw new WrongUsage('The API token has spaces or other characters that no token has: copy it again.');
  return { token: bearer };
}

function usageOf({ name, takes, does, options, ends }: Command<Record<string, CommandOption>>): string {
  const rows = Object.entries(options).map(([option, { value, help, heading, multiple }]) => ({
    heading,
    left: `  --${option}${value ? ` ${value}` : ''}${multiple ? ' …' : ''}`,
    help,
  }));
  const width = Math.max(0, ...rows.map(({ left }) => left.length));
  const lines = rows.flatMap(({ heading, left, help }) => [
    ...(heading ? [heading] : []),
    `${left.padEnd(width)}  ${help}`,
  ]);
  const call = [takes, rows.length > 0 ? '[OPTIONS]' : undefined].filter(Boolean).join(' ');
  return `${[
    `npm run ${name}${call && ` -- ${call}`}`,
    does,
    ...lines,
    `Ends with 0 ${ends[0]}, 1 ${ends[1]}, 2 for wrong usage, ${WRONG_SETTINGS} for wrong settings.`,
  ].join('\n')}\n`;
}

/** What a command was called with; prints the usage and ends with 0, or says in one line what is wrong and ends with 2. */
export function argumentsOrExit<O extends Record<string, CommandOption>, T = Values<O>>(
  command: Command<O>,
  read: (values: Values<O>, words: string[]) => T = (values) => values as T,
): T {
  surviveClosedReader();
  const line = parseCommandLine(command, read, { args: process.argv.slice(2), environment: process.env });
  switch (line.outcome) {
    case 'run':
      return line.value;
    case 'help':
      process.stdout.write(line.text);
      return process.exit(0);
    case 'wrong':
      process.stderr.write(`${line.problem}\n`);
      return process.exit(2);
  }
}

/**
 * A reader that has seen enough (`… | head -2`) closes the pipe: what is still written is dropped, and the command goes on
 * with what it was asked to do and ends with the code that it would have ended with.
 */
export function surviveClosedReader(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
    });
}
