import { type Command, type CommandOption, parseCommandLine, type Values } from './command-line.ts';

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
