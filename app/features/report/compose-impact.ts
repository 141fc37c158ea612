import { measured, NOT_MEASURED, type ReportBlock, type ReportSection } from './report-blocks.ts';
import { formatUtc } from '../../lib/time-words.ts';
import type { AffectedRow, IncidentReport, ReportMessages } from './report-view.ts';

/** What it did to customers and their messages. */
export function composeImpact(report: IncidentReport): ReportSection[] {
  const { impact, messages, affected } = report;
  return [
    {
      id: 'impact',
      title: 'Impact on customers',
      blocks: [
        {
          kind: 'facts',
          rows: [
            ['Affected conversations', measured(impact.conversations)],
            ...ticketRows(impact.byHand),
            ['SLA breaches', breachWords(impact)],
            [
              'Answered in time',
              impact.answeredInTime === null ? NOT_MEASURED : share(impact.answeredInTime),
            ],
          ],
        },
        ...affectedBlocks(affected),
      ],
    },
    { id: 'messages', title: 'Messages', blocks: messageBlocks(messages) },
  ];
}

/** A report that was signed before they were counted has none of them. */
function ticketRows(byHand: IncidentReport['impact']['byHand']): [string, string][] {
  return byHand?.tickets ? [['Tickets kept by hand', measured(byHand.tickets)]] : [];
}

function breachWords({ breaches, byHand }: IncidentReport['impact']): string {
  if (!byHand?.breaches) return measured(breaches);
  const those = `in tickets kept by hand`;
  return breaches === null
    ? `${measured(byHand.breaches)} ${those}; of conversations ${NOT_MEASURED}`
    : `${measured(breaches)}, ${measured(byHand.breaches)} of them ${those}`;
}

/** Rounded down, so that it never looks better than it is. */
const share = (ratio: number) => `${Math.floor(ratio * 1000 + 1e-6) / 10} %`;

function affectedBlocks({ listed, total }: IncidentReport['affected']): ReportBlock[] {
  if (listed.length === 0) return [];
  const named = listed.some(({ customer }) => customer !== null);
  return [
    {
      kind: 'table',
      label: 'Affected conversations',
      head: ['Conversation', ...(named ? ['Customer'] : []), 'What happened'],
      rows: listed.map((row) => [
        conversationWords(row.key),
        ...(named ? [row.customer ?? '–'] : []),
        whatHappened(row),
      ]),
    },
    ...(total > listed.length
      ? [{ kind: 'gap' as const, text: `${measured(total - listed.length)} more are not listed.` }]
      : []),
  ];
}

/** `1:42` is conversation 42 of account 1. */
function conversationWords(key: string): string {
  const conversation = /^\d+:(\d+)$/.exec(key)?.[1];
  return conversation ? `#${conversation}` : key;
}

function whatHappened({ late, dead, reconciled, waited, breached }: AffectedRow): string {
  const words = [
    breached && 'not answered in time',
    dead && 'a message became a dead letter',
    reconciled && 'a message had to be fetched',
    late && 'a message was late',
    waited && !breached && 'the customer waited',
  ];
  return words.filter(Boolean).join('; ');
}

function messageBlocks({
  lost,
  proof,
  recovered,
  undelivered,
  discarded,
  ledger,
  comparisons,
}: ReportMessages): ReportBlock[] {
  return [
    {
      kind: 'facts',
      rows: [
        ['Messages lost', measured(lost)],
        ['Recovered from Chatwoot', measured(recovered)],
        ['Not delivered yet', measured(undelivered)],
        ['Discarded by a person', measured(discarded)],
      ],
    },
    { kind: 'text', text: proof },
    ...(ledger
      ? [
          {
            kind: 'table' as const,
            label: `The ledger, counted row by row at ${formatUtc(ledger.at)}: ${ledger.balanced ? 'it balances' : 'it does not balance'}`,
            head: Object.keys(ledger.counts),
            rows: [Object.values(ledger.counts).map(measured)],
          },
        ]
      : []),
    ...(comparisons.length > 0
      ? [
          {
            kind: 'table' as const,
            label: "Comparisons of Chatwoot's messages with what arrived",
            head: ['Number', 'From', 'To', 'Finished', 'Missing messages fetched'],
            rows: comparisons.map(({ id, from, to, finishedAt, messages }) => [
              String(id),
              formatUtc(from),
              formatUtc(to),
              formatUtc(finishedAt),
              measured(messages),
            ]),
          },
        ]
      : []),
  ];
}
