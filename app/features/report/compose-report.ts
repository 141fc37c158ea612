import { SEVERITY_MEANING } from '../../lib/severity.ts';
import { formatUtc, spanWords } from '../../lib/time-words.ts';
import { countText } from '../../lib/words.ts';
import type { Lull } from '../incidents/outage-clock.ts';
import { composeImpact } from './compose-impact.ts';
import {
  actionsSection,
  chartsSection,
  overridesSection,
  timelineSection,
  toldSection,
} from './compose-record.ts';
import { NOT_MEASURED, NOT_WRITTEN, type ReportBlock, type ReportSection } from './report-blocks.ts';
import { SECTION_TITLES, type SectionKey } from './report-content.ts';
import type { IncidentReport } from './report-view.ts';

/** "Incident report 12: Chatwoot does not answer" */
export const reportTitle = ({ incident }: IncidentReport): string =>
  `Incident report ${incident.id}: ${incident.title}`;

/** Whether it is signed, and if not that it is a draft. */
export function reportStanding({ state, signedBy, signedAt, writtenAt }: IncidentReport): string {
  return state === 'signed' && signedAt
    ? `Signed by ${signedBy} at ${formatUtc(signedAt)}.`
    : `Draft, as the record stood at ${formatUtc(writtenAt)}. Not signed yet.`;
}

/** The whole report in order, for every format. */
export function composeReport(report: IncidentReport): ReportSection[] {
  return [
    summary(report),
    { id: 'facts', title: 'Facts', blocks: [{ kind: 'facts', rows: facts(report) }] },
    written(report, 'rootCause'),
    { id: 'detection', title: 'Detection', blocks: detection(report) },
    { id: 'resolution', title: 'Resolution', blocks: resolution(report) },
    ...composeImpact(report),
    chartsSection(report),
    written(report, 'wentWell'),
    written(report, 'wentBadly'),
    actionsSection(report),
    overridesSection(report),
    toldSection(report),
    timelineSection(report),
  ];
}

function summary({ content, ...report }: IncidentReport): ReportSection {
  return {
    id: 'summary',
    title: SECTION_TITLES.summary,
    blocks: content.summary
      ? [{ kind: 'text', text: content.summary }]
      : [
          { kind: 'text', text: draftSummary(report) },
          { kind: 'gap', text: 'Drafted from the record.' },
        ],
  };
}

/** What the record says of it in a few sentences, until somebody writes better ones. */
export function draftSummary({
  incident,
  times,
  detection,
  impact,
  messages,
}: Omit<IncidentReport, 'content'>): string {
  const after = (iso: string) => spanWords(Date.parse(iso) - Date.parse(times.startedAt));
  const lasted = times.impactMs === null ? 'is not over yet' : `lasted ${spanWords(times.impactMs)}`;
  const noticed =
    detection.delayMs === null
      ? 'Somebody opened the incident by hand'
      : `The app noticed it ${withinWords(detection.delayMs)}`;
  const taken = times.acknowledgedAt
    ? `${incident.acknowledgedBy} took it ${after(times.acknowledgedAt)} after the start`
    : 'nobody has taken it';
  const { conversations, breaches } = impact;
  return [
    `${incident.title}: it began at ${formatUtc(times.startedAt)} and ${lasted}.`,
    `${noticed}; ${taken}.`,
    conversations !== null && affectedSentence(conversations, breaches),
    messages.lost === 0 && 'No message was lost.',
    messages.undelivered > 0 &&
      `${countText(messages.undelivered, 'message')} ${messages.undelivered === 1 ? 'has' : 'have'} not been delivered yet.`,
  ]
    .filter(Boolean)
    .join(' ');
}

const withinWords = (ms: number) => (ms < 1000 ? 'within a second' : `${spanWords(ms)} after the start`);

function affectedSentence(conversations: number, breaches: number | null): string {
  if (conversations === 0) return 'No conversation is known to be affected.';
  const late = breaches ? `; ${countText(breaches, 'customer')} not answered in time` : '';
  return `${countText(conversations, 'conversation')} affected${late}.`;
}

function written({ content }: IncidentReport, key: SectionKey): ReportSection {
  const text = content[key];
  return {
    id: key,
    title: SECTION_TITLES[key],
    blocks: [text ? { kind: 'text', text } : { kind: 'gap', text: NOT_WRITTEN }],
  };
}

function facts({ incident, times, detection, dueAt }: IncidentReport): [string, string][] {
  const since = (iso: string | null) =>
    iso === null
      ? 'not yet'
      : `${formatUtc(iso)}, ${spanWords(Date.parse(iso) - Date.parse(times.startedAt))} after the start`;
  return [
    ['Incident', `${incident.id}${incident.drill ? ' (drill)' : ''}`],
    ['Severity', `${incident.severity}, ${SEVERITY_MEANING[incident.severity]}`],
    ['Cause, as the alerts name it', incident.cause],
    [
      'Start',
      detection.delayMs === null
        ? `${formatUtc(times.startedAt)}, when it was opened by hand; the real start was ${NOT_MEASURED}`
        : `${formatUtc(times.startedAt)}, the first failed check`,
    ],
    ['Detected', since(times.detectedAt)],
    [
      'Acknowledged',
      times.acknowledgedAt === null
        ? 'by nobody'
        : `${since(times.acknowledgedAt)}, by ${incident.acknowledgedBy}`,
    ],
    ['Recovered', since(times.recoveredAt)],
    [
      'Resolved',
      times.resolvedAt === null ? 'not yet' : `${since(times.resolvedAt)}, by ${incident.resolvedBy}`,
    ],
    ['Duration of impact', times.impactMs === null ? 'not over yet' : spanWords(times.impactMs)],
    ...lullRows(times.lulls ?? []),
    ['Report due', dueAt === null ? 'within 24 hours of the recovery' : formatUtc(dueAt)],
  ];
}

/** What failed again: the duration leaves out when it worked. */
const lullRows = (lulls: readonly Lull[]): [string, string][] =>
  lulls.map(({ from, to }) => [
    'Worked in between',
    `${formatUtc(from)} to ${formatUtc(to)}, ${spanWords(Date.parse(to) - Date.parse(from))}: not counted as impact`,
  ]);

function detection({ detection: { method, alerts, delayMs } }: IncidentReport): ReportBlock[] {
  return [
    {
      kind: 'facts',
      rows: [
        ['How', method],
        ['Time to detect', delayMs === null ? NOT_MEASURED : spanWords(delayMs)],
      ],
    },
    ...(alerts.length > 0
      ? [
          {
            kind: 'table' as const,
            label: 'Alerts',
            head: ['Time', 'Rule', 'Severity', 'What it saw'],
            rows: alerts.map(({ at, rule, severity, words }) => [formatUtc(at), rule, severity, words]),
          },
        ]
      : []),
  ];
}

function resolution({ content, incident, steps }: IncidentReport): ReportBlock[] {
  const words = [content.resolution, incident.resolution].filter(Boolean) as string[];
  return [
    ...(words.length > 0
      ? [...new Set(words)].map((text) => ({ kind: 'text' as const, text }))
      : [{ kind: 'gap' as const, text: NOT_WRITTEN }]),
    steps.length > 0
      ? {
          kind: 'table',
          label: 'Steps',
          head: ['Time', 'By', 'What was done', 'Source'],
          rows: steps.map(({ at, actor, text, source }) => [
            formatUtc(at),
            actor ?? 'Outage Center',
            text,
            source,
          ]),
        }
      : { kind: 'gap', text: 'No step is on record.' },
  ];
}
