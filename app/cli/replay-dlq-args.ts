import { parseArgs } from 'node:util';
import { parseRate } from '../features/delivery/dead-letters/replay-form.ts';
import {
  selectionFromParams,
  type Parsed,
  type Selection,
} from '../features/delivery/dead-letters/selection.ts';

export const USAGE = `npm run ops:replay-dlq -- WHICH [HOW]
WHICH, one of:
  --all                  every open dead letter
  --id N [N ...]         these, by number
  or any of:
  --event NAME           e.g. message_created
  --error CLASS          e.g. timeout, refused, http_5xx, or a status such as 503
  --cause TEXT           as the page groups them, e.g. "http_5xx|503|message_created"
  --conversation N       Chatwoot's conversation number
  --since WHEN           became a dead letter since: 30m, 24h, 7d or a time such as 2026-09-22T08:00Z
  --until WHEN           ... before
  --text TEXT            in the error, the payload or the customer
HOW:
  --dry-run              only say what would be replayed
  --rate N               entries a second (default 50 for several; "none" for no limit)
  --careful              5 first, on only if they succeed, stop when most of the last 20 fail
  --skip-answered        leave out conversations that a person has answered since
  --reason TEXT          for the record
  --no-wait              start it and return; by default waits for the end and shows progress
  --json                 print the result as one JSON object
WHERE:
  --url ADDRESS          a remote app instead of this machine's database
  --token TOKEN          its API token; better in OUTAGE_CENTER_TOKEN, where other users cannot read it
Ends with 0 when all were delivered, 3 when some died again, 2 for wrong usage, 1 for any other failure.
`;

export interface ReplayArgs {
  selection: Selection;
  dryRun: boolean;
  ratePerSecond: number | null | undefined;
  careful: boolean;
  skipAnswered: boolean;
  reason: string | undefined;
  wait: boolean;
  json: boolean;
  url: string | undefined;
  token: string | undefined;
}

const FILTERS = ['event', 'cause', 'conversation', 'since', 'until', 'text'] as const;

/** @returns what was asked for, `help`, or what is wrong with it in a sentence */
export function parseReplayArgs(args: string[], now: Date): Parsed<ReplayArgs | 'help'> {
  let parsed;
  try {
    parsed = parse(args);
  } catch (error) {
    return { ok: false, problem: (error as Error).message };
  }
  const { values, positionals } = parsed;
  if (values.help) return { ok: true, value: 'help' };
  const params = new URLSearchParams();
  for (const name of FILTERS) if (values[name] !== undefined) params.set(name, values[name]);
  if (values.error !== undefined) params.set(/^\d{3}$/.test(values.error) ? 'status' : 'error', values.error);
  const ids = [...(values.id ?? []), ...positionals];
  const ways = [values.all, ids.length > 0, params.size > 0].filter(Boolean).length;
  if (ways !== 1)
    return { ok: false, problem: 'Say which dead letters: --all, --id, or filters; one of these ways.' };
  if (positionals.length > 0 && !values.id)
    return { ok: false, problem: `"${positionals[0]}" is not an option: numbers go after --id.` };
  for (const id of ids) params.append('id', id);
  if (values.all) params.set('all', '1');
  const selection = selectionFromParams(params, now);
  if (!selection.ok) return selection;
  const rate = parseRate(values.rate);
  if (!rate.ok) return rate;
  return {
    ok: true,
    value: {
      selection: selection.value,
      dryRun: values['dry-run'],
      ratePerSecond: rate.value,
      careful: values.careful,
      skipAnswered: values['skip-answered'],
      reason: values.reason,
      wait: values.wait,
      json: values.json,
      url: values.url,
      token: values.token,
    },
  };
}

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  const no = { type: 'boolean', default: false } as const;
  return parseArgs({
    args,
    allowPositionals: true,
    allowNegative: true,
    options: {
      all: no,
      id: { type: 'string', multiple: true },
      event: text,
      error: text,
      cause: text,
      conversation: text,
      since: text,
      until: text,
      text,
      'dry-run': no,
      rate: text,
      careful: no,
      'skip-answered': no,
      reason: text,
      url: text,
      token: text,
      wait: { type: 'boolean', default: true },
      json: no,
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
}
