import { type ReportSection } from './report-blocks.ts';
import { formatUtc } from '../../lib/time-words.ts';
import type { IncidentReport } from './report-view.ts';

export const chartsSection = ({ charts }: IncidentReport): ReportSection => ({
  id: 'charts',
  title: 'Over time',
  blocks:
    charts.length > 0
      ? charts.map((chart) => ({ kind: 'chart' as const, chart }))
      : [{ kind: 'gap', text: 'Figures over time were not measured, or are no longer kept.' }],
});

export const actionsSection = ({ actions }: IncidentReport): ReportSection => ({
  id: 'actions',
  title: 'Preventive actions',
  blocks:
    actions.length > 0
      ? [
          {
            kind: 'table',
            label: 'Preventive actions',
            head: ['Kind', 'What', 'Owner', 'Due', 'State'],
            rows: actions.map(({ kind, action, owner, dueOn, state }) => [kind, action, owner, dueOn, state]),
          },
        ]
      : [{ kind: 'gap', text: 'None decided yet.' }],
});

export const overridesSection = ({ overrides }: IncidentReport): ReportSection => ({
  id: 'overrides',
  title: 'Checks that were overridden',
  blocks:
    overrides.length > 0
      ? [
          {
            kind: 'table',
            label: 'Overrides',
            head: ['Time', 'What', 'By', 'Reason'],
            rows: overrides.map(({ at, what, by, reason }) => [formatUtc(at), what, by ?? 'unknown', reason]),
          },
        ]
      : [{ kind: 'text', text: 'None.' }],
});

const STATES: Record<string, string> = {
  queued: 'not sent yet',
  accepted: 'accepted',
  failed: 'failed',
  simulated: 'drill, not sent',
  folded: 'told within another message',
};

export const toldSection = ({ told }: IncidentReport): ReportSection => ({
  id: 'told',
  title: 'Who was told when',
  blocks:
    told.length > 0
      ? [
          {
            kind: 'table',
            label: 'Messages',
            head: ['Decided', 'To', 'Over', 'What', 'Outcome'],
            rows: told.map(({ at, to, channel, what, state, finishedAt }) => [
              formatUtc(at),
              to,
              channel,
              what.replaceAll('_', ' '),
              `${STATES[state] ?? state}${finishedAt ? ` at ${formatUtc(finishedAt)}` : ''}`,
            ]),
          },
        ]
      : [{ kind: 'gap', text: 'Nobody: no channel was set up.' }],
});

export const timelineSection = ({ timeline }: IncidentReport): ReportSection => ({
  id: 'timeline',
  title: 'Timeline (UTC)',
  blocks: [
    {
      kind: 'table',
      label: 'Timeline',
      head: ['Time', 'Source', 'By', 'What'],
      rows: timeline.map(({ at, lastAt, count, source, text, actor }) => [
        count > 1 ? `${formatUtc(at)} to ${formatUtc(lastAt)}, ${count} times` : formatUtc(at),
        source,
        actor ?? '–',
        text,
      ]),
    },
  ],
});
