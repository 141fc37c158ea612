import type {
  GuideStep,
  IncidentDetail,
  LadderRow,
  TimelineLine,
} from '../../app/features/incidents/incident-view.ts';
import { ago } from '../support/moment.ts';

export const step = (changes: Partial<GuideStep> = {}): GuideStep => ({
  key: 'verify_scope',
  phase: 'Immediate response',
  phaseMinutes: 5,
  title: 'Verify the scope of the outage',
  help: null,
  state: 'open',
  at: null,
  by: null,
  evidence: null,
  how: 'app',
  link: null,
  text: null,
  registers: false,
  ...changes,
});

export const rung = (changes: Partial<LadderRow> = {}): LadderRow => ({
  stepId: 1,
  role: 'CEO',
  contacts: [{ name: 'Ada', channels: ['Slack', 'e-mail'] }],
  onCall: null,
  afterMinutes: 10,
  reason: 'Chatwoot down: manager and CEO after 10 min',
  dueAt: ago(-250),
  state: 'next',
  toldAt: null,
  ...changes,
});

export const line = (changes: Partial<TimelineLine> = {}): TimelineLine => ({
  id: String(changes.at ?? changes.text ?? 1),
  at: ago(350),
  lastAt: changes.at ?? ago(350),
  count: 1,
  source: 'probe',
  text: 'Chatwoot answered 503',
  actor: null,
  ...changes,
});

export const incident = (changes: Partial<IncidentDetail> = {}): IncidentDetail => ({
  id: 7,
  severity: 'P0',
  status: 'open',
  cause: 'chatwoot',
  title: 'Chatwoot does not answer',
  startedAt: ago(350),
  openedAt: ago(320),
  acknowledgedAt: null,
  acknowledgedBy: null,
  assignee: null,
  recoveredAt: null,
  lulls: [],
  resolvedAt: null,
  resolvedBy: null,
  mergedInto: null,
  drill: false,
  version: 1,
  sentence: 'Customers cannot reach us by chat.',
  resolution: null,
  overrideReason: null,
  alerts: [
    {
      rule: 'chatwoot_down',
      severity: 'P0',
      firedAt: ago(320),
      clearedAt: null,
      words: 'Chatwoot failed 2 checks in a row (503).',
    },
  ],
  stillFiring: true,
  ladder: [rung()],
  onCall: [],
  guide: [step()],
  nextGuideStep: step(),
  timeline: [],
  notifications: [],
  ...changes,
});
