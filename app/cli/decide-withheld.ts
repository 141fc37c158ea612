import { createInterface } from 'node:readline/promises';
import type { DecideOutcome } from '../features/arrival/comparison/decide-withheld.server.ts';
import type { WithheldSelection, WithheldView } from '../features/arrival/comparison/reconciliation-view.ts';
import {
  askedCount,
  WITHHELD_WORDS,
  withheldCount,
} from '../features/arrival/comparison/reconciliation-words.ts';
import { fail } from './with-services.server.ts';

export interface WithheldWays {
  /** @param run what this comparison found; all when left out */
  withheld: (run?: number) => Promise<WithheldView>;
  decide: (decision: 'send' | 'leave', selection: WithheldSelection) => Promise<DecideOutcome>;
}

interface Output {
  /** Standard output is for one JSON object. */
  json?: boolean | undefined;
}

/**
 * What this comparison found and would be news, were it not so old or so much: asked once, then it waits on the page.
 * @param run the comparison
 * @returns the exit code
 */
export async function askWhatToSend(ways: WithheldWays, run: number, output: Output): Promise<number> {
  const found = await ways.withheld(run);
  const asked = askedCount(found);
  if (asked === 0) return 0;
  const why = (['old', 'many'] as const).flatMap((reason) => {
    const n = found.counts[reason] ?? 0;
    return n === 0 ? [] : [`${n.toLocaleString('en-US')} ${WITHHELD_WORDS[reason]}`];
  });
  const what = `${asked.toLocaleString('en-US')} ${asked === 1 ? 'message that was found is' : 'messages that were found are'} kept back: ${why.join(', ')}`;
  if (output.json || !process.stdin.isTTY || !process.stderr.isTTY)
    return fail(
      `${what}. --send-withheld sends ${asked === 1 ? 'it' : 'them'}, --leave-withheld leaves ${asked === 1 ? 'it' : 'them'} for good.`,
      false,
    );
  const answer = await ask(
    `${what}. Send ${asked === 1 ? 'it' : `all ${asked.toLocaleString('en-US')}`} to the Agent service? [y/N] `,
  );
  if (!/^y(es)?$/i.test(answer.trim())) {
    process.stdout.write(
      'Not sent. What becomes of them can be said on the page, or with --send-withheld or --leave-withheld.\n',
    );
    return 0;
  }
  return told(await ways.decide('send', { run, reasons: ['old', 'many'] }), output);
}

/** @returns what was typed; empty when the question was left by Ctrl+C or Ctrl+D, which would wait for ever else */
async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const left = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  const answer = await Promise.race([terminal.question(question), left]).catch(() => '');
  terminal.close();
  if (answer === '') process.stderr.write('\n');
  return answer;
}

/** What --send-withheld and --leave-withheld do. @returns the exit code */
export async function decideAll(
  ways: WithheldWays,
  decision: 'send' | 'leave',
  output: Output,
): Promise<number> {
  const withheld = await ways.withheld();
  // Not what somebody else's comparison finds meanwhile.
  return withheldCount(withheld) === 0
    ? 0
    : told(await ways.decide(decision, { upTo: withheld.upTo }), output);
}

function told(outcome: DecideOutcome, output: Output): number {
  switch (outcome.outcome) {
    case 'sent':
    case 'left': {
      const n = `${outcome.count.toLocaleString('en-US')} ${outcome.count === 1 ? 'message' : 'messages'}`;
      const text =
        outcome.outcome === 'sent' ? `${n} sent to the Agent service.` : `${n} left unsent for good.`;
      (output.json ? process.stderr : process.stdout).write(`${text}\n`);
      return 0;
    }
    case 'nothing_withheld':
      process.stderr.write('Somebody else has decided meanwhile.\n');
      return 0;
    case 'database_away':
      return fail(
        outcome.sure
          ? 'Nothing was sent: the database does not answer.'
          : 'The database stopped answering: --status says what is still withheld.',
        false,
      );
  }
}
