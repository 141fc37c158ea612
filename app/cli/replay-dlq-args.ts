import { leavesOutAnswered, parseRate } from '../features/delivery/replays/replay-form.ts';
import { selectionFromParams, type Selection } from '../features/delivery/dead-letters/selection.ts';
import { JSON_OPTION, remoteOptions, type Values, WrongUsage } from './command-line.ts';

const TEXT = { type: 'string', value: 'TEXT' } as const;

export const REPLAY_COMMAND = {
  name: 'ops:replay-dlq',
  takes: 'WHICH',
  does: 'Sends dead letters again, oldest first; what was replayed before is not sent twice.',
  options: {
    all: { type: 'boolean', help: 'every open dead letter', heading: 'Which, one of:' },
    id: { type: 'string', value: 'N', multiple: true, help: 'these, by number: --id 3 4 5' },
    event: { ...TEXT, value: 'NAME', help: 'e.g. message_created', heading: 'or any of:' },
    error: { ...TEXT, value: 'CLASS', help: 'e.g. timeout, refused, http_5xx, or a status such as 503' },
    cause: { ...TEXT, help: 'as the page groups them, e.g. "http_5xx|503|message_created"' },
    conversation: { ...TEXT, value: 'N', help: "Chatwoot's conversation number" },
    since: {
      ...TEXT,
      value: 'WHEN',
      help: 'became a dead letter since: 30m, 24h, 7d or a time such as 2026-09-22T08:00Z',
    },
    until: { ...TEXT, value: 'WHEN', help: 'became one before' },
    text: { ...TEXT, help: 'in the error, the payload or the customer' },
    'dry-run': { type: 'boolean', help: 'only says what would be replayed', heading: 'How:' },
    rate: { ...TEXT, value: 'N', help: 'entries a second (default 50 for several; "none" for no limit)' },
    careful: {
      type: 'boolean',
      help: '5 first, on only if they succeed; stops when most of the last 20 fail',
    },
    'include-answered': {
      type: 'boolean',
      help: 'sends also what a person has answered since, which is left out of several',
    },
    'skip-answered': { type: 'boolean', help: 'leaves it out also when it is one by number' },
    reason: { ...TEXT, help: 'for the record' },
    'no-wait': { type: 'boolean', help: 'starts it and returns, instead of showing progress until the end' },
    json: JSON_OPTION,
    ...remoteOptions('page.read and dead_letters.replay'),
  },
  ends: ['when all were delivered, or there was nothing to replay', 'when some died again, or were not sent'],
} as const;

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

/** What the options and the numbers after `--id` ask for. @throws WrongUsage */
export function readReplayArgs(
  values: Values<typeof REPLAY_COMMAND.options>,
  words: string[],
  now: Date,
): ReplayArgs {
  const params = new URLSearchParams();
  for (const name of FILTERS) if (values[name] !== undefined) params.set(name, values[name]);
  if (values.error !== undefined) params.set(/^\d{3}$/.test(values.error) ? 'status' : 'error', values.error);
  const ids = [...(values.id ?? []), ...words];
  const ways = [values.all, ids.length > 0, params.size > 0].filter(Boolean).length;
  if (words.length > 0 && !values.id)
    throw new WrongUsage(`"${words[0]}" is not an option: numbers go after --id.`);
  if (ways !== 1) throw new WrongUsage('Say which dead letters: --all, --id, or filters; one of these ways.');
  for (const id of ids) params.append('id', id);
  if (values.all) params.set('all', '1');
  const selection = selectionFromParams(params, now);
  if (!selection.ok) throw new WrongUsage(selection.problem);
  const { 'include-answered': include, 'skip-answered': skip } = values;
  if (include && skip) throw new WrongUsage('Say --include-answered or --skip-answered, not both.');
  const rate = parseRate(values.rate);
  if (!rate.ok) throw new WrongUsage(rate.problem);
  return {
    selection: selection.value,
    dryRun: values['dry-run'] ?? false,
    ratePerSecond: rate.value,
    careful: values.careful ?? false,
    skipAnswered: !include && (skip ?? leavesOutAnswered(selection.value)),
    reason: values.reason,
    wait: !values['no-wait'],
    json: values.json ?? false,
    url: values.url,
    token: values.token,
  };
}
