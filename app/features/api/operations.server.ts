import { z } from 'zod';
import {
  COMPARE_FIELDS,
  CONTROL_FIELDS,
  FOUND_QUERY,
} from '../arrival/comparison/control-reconciliation.server.ts';
import { WITHHELD_FIELDS, WITHHELD_QUERY } from '../arrival/comparison/decide-withheld.server.ts';
import type { Permission } from '../access/permissions.ts';
import { DISCARD_FIELDS, RESTORE_FIELDS } from '../delivery/dead-letters/discard-dead-letters.server.ts';
import { REPLAY_VERBS, replayControlFields, replayFields } from '../delivery/replays/replay-form.ts';
import { STEP_FIELDS, TOGGLE_FIELDS } from '../fallback/fallback-form.ts';
import {
  INCIDENT_FIELDS,
  INCIDENT_VERBS,
  LIST_QUERY,
  OPEN_FIELDS,
  type IncidentVerb,
} from '../incidents/incident-form.ts';
import { REPORT_QUERY } from '../report/report-formats.ts';
import { GATES_QUERY } from '../recovery/read-recovery-gate.server.ts';
import type { FieldsSchema } from '../../lib/http/form-fields.ts';
import {
  count,
  INCIDENT_DETAIL,
  INCIDENTS,
  PLAN,
  REPLAY,
  REPORT,
  severity,
  STATUS,
  STRIP,
  time,
} from './answers.server.ts';
import { CANARY, DRILLS, FALLBACK, FOUND, GATES, WITHHELD } from './answers-recovery.server.ts';

/** Something that a program may ask of the app with an API token. */
export interface Operation {
  method: 'get' | 'post';
  /** With `{id}` where the number of something stands. */
  path: string;
  id: string;
  group: string;
  summary: string;
  /** The right that its token needs. */
  permission: Permission;
  query?: FieldsSchema;
  /** Fields of the form; several: one of these. */
  fields?: readonly FieldsSchema[];
  /** By status; what is left out is a problem. */
  answers: Readonly<Record<number, z.ZodType>>;
  /** Statuses of problems besides those of every request. */
  problems?: readonly number[];
}

const outcome = <const T extends string>(...ones: T[]) => z.object({ outcome: z.enum(ones) });

const incidents = (method: 'get' | 'post') => ({
  method,
  group: 'Incidents',
  permission: method === 'get' ? ('page.read' as const) : ('incidents.respond' as const),
});
const deadLetters = { method: 'post' as const, group: 'Dead letters' };
const comparison = { group: 'Comparison with Chatwoot' };

const VERBS: Record<IncidentVerb, { summary: string; answer: z.ZodType }> = {
  acknowledge: {
    summary: 'Take an incident: no more responders are called',
    answer: outcome('acknowledged'),
  },
  assign: {
    summary: 'Say who takes an incident',
    answer: outcome('assigned').extend({ assignee: z.string().nullable() }),
  },
  severity: {
    summary: 'Raise or lower the severity',
    answer: outcome('severity_changed').extend({ severity }),
  },
  note: { summary: 'Add a note to the timeline', answer: outcome('noted') },
  resolve: { summary: 'Resolve an incident', answer: outcome('resolved') },
  reopen: { summary: 'Open a resolved incident again', answer: outcome('reopened') },
  merge: { summary: 'Make an incident part of another', answer: outcome('merged').extend({ into: z.int() }) },
  'run-step': {
    summary: 'Have the app do or check a step of the guide',
    answer: outcome('checked').extend({ state: z.enum(['done', 'failed']), evidence: z.string() }),
  },
  'tick-step': { summary: 'Mark a step of the guide as done', answer: marked() },
  'skip-step': { summary: 'Skip a step of the guide', answer: marked() },
  'untick-step': { summary: 'Take a mark of a step back', answer: marked() },
};

function marked() {
  return outcome('marked').extend({ state: z.enum(['open', 'done', 'skipped']) });
}

const CONTROLS: Record<(typeof REPLAY_VERBS)[number], { summary: string; answer: z.ZodType }> = {
  pause: { summary: 'Pause a replay', answer: outcome('paused').extend({ replayId: z.int() }) },
  resume: { summary: 'Go on with a replay', answer: outcome('resumed').extend({ replayId: z.int() }) },
  cancel: {
    summary: 'Cancel a replay: what was not sent is a dead letter again',
    answer: outcome('cancelled').extend({ replayId: z.int(), givenBack: count }),
  },
};

/** Everything that a program may ask with a token, in the order of the page that documents it. */
export const OPERATIONS: readonly Operation[] = [
  {
    ...{ method: 'get', path: '/api/strip', id: 'readVerdict', group: 'State', permission: 'page.read' },
    summary: 'The verdict: does support work, what to do next, how much waits where',
    answers: { 200: STRIP },
  },
  {
    ...{ method: 'get', path: '/api/status', id: 'readStatus', group: 'State', permission: 'page.read' },
    summary: 'The ledger counted row by row, circuit breaker, dead letters, processes, replays',
    answers: { 200: STATUS },
  },
  {
    ...{ method: 'post', path: '/api/health/check', id: 'checkHealth', group: 'State' },
    permission: 'health.check',
    summary: 'Make the next health check due now',
    answers: { 202: outcome('due') },
  },
  {
    ...{ method: 'post', path: '/api/arrival/prove', id: 'proveArrival', group: 'State' },
    permission: 'health.check',
    summary:
      'Write as an invented customer and wait for the webhook; the page "Health" says within 30 s how it ended',
    answers: { 202: outcome('started', 'already_running') },
    problems: [409],
  },
  {
    ...incidents('get'),
    ...{ path: '/api/incidents', id: 'listIncidents' },
    summary: 'Incidents, the newest first, 200 a page',
    query: LIST_QUERY,
    answers: { 200: INCIDENTS },
    problems: [400],
  },
  {
    ...incidents('post'),
    ...{ path: '/api/incidents', id: 'openIncident' },
    summary: 'Open an incident by hand',
    fields: [OPEN_FIELDS],
    answers: { 201: outcome('opened').extend({ incidentId: z.int() }) },
    problems: [400, 409],
  },
  {
    ...incidents('get'),
    ...{ path: '/api/incidents/{id}', id: 'readIncident' },
    summary: 'One incident with its alerts, ladder, guide, timeline and messages',
    answers: { 200: INCIDENT_DETAIL },
    problems: [404],
  },
  ...INCIDENT_VERBS.map((verb): Operation => ({
    ...incidents('post'),
    path: `/api/incidents/{id}/${verb}`,
    id: `${verb.replace(/-(.)/, (_, letter: string) => letter.toUpperCase())}Incident`,
    summary: VERBS[verb].summary,
    fields: [INCIDENT_FIELDS[verb]],
    answers: { 200: VERBS[verb].answer },
    problems: [400, 404, 409],
  })),
  {
    ...incidents('get'),
    ...{ path: '/api/incidents/{id}/report', id: 'readReport' },
    summary: 'The report of an incident as a file; names of customers only with the right "texts.read"',
    query: REPORT_QUERY,
    answers: { 200: REPORT },
    problems: [400, 404],
  },
  {
    ...deadLetters,
    ...{ path: '/api/dead-letters/plan', id: 'planReplay', permission: 'dead_letters.replay' },
    summary: 'Dry run: what the same form would do at "replay"; changes nothing',
    fields: [replayFields],
    answers: { 200: PLAN },
    problems: [400],
  },
  {
    ...deadLetters,
    ...{ path: '/api/dead-letters/replay', id: 'replayDeadLetters', permission: 'dead_letters.replay' },
    summary: 'Send dead letters again, oldest first',
    fields: [replayFields],
    answers: {
      200: z.object({
        outcome: z.enum(['already_replayed', 'nothing_to_replay']),
        ids: z.array(z.int()).optional(),
      }),
      202: outcome('started').extend({ replayId: z.int(), total: count, alreadyReplayed: count }),
    },
    problems: [400, 404, 409],
  },
  {
    ...deadLetters,
    ...{ path: '/api/dead-letters/discard', id: 'discardDeadLetters', permission: 'dead_letters.discard' },
    summary: 'Give dead letters up for good, with a reason',
    fields: [DISCARD_FIELDS],
    answers: { 200: outcome('discarded').extend({ count, inReplay: count }) },
    problems: [400, 404, 409],
  },
  {
    ...deadLetters,
    ...{ path: '/api/dead-letters/restore', id: 'restoreDeadLetters', permission: 'dead_letters.restore' },
    summary: 'Take discards back',
    fields: [RESTORE_FIELDS],
    answers: { 200: outcome('restored').extend({ ids: z.array(z.int()) }) },
    problems: [400, 409],
  },
  {
    ...{ method: 'get', path: '/api/replays/{id}', id: 'readReplay', group: 'Dead letters' },
    permission: 'page.read',
    summary: 'How far a replay is',
    answers: { 200: REPLAY },
    problems: [404],
  },
  ...REPLAY_VERBS.map((verb): Operation => ({
    ...deadLetters,
    ...{ path: `/api/replays/{id}/${verb}`, id: `${verb}Replay`, permission: 'dead_letters.replay' },
    summary: CONTROLS[verb].summary,
    fields: [replayControlFields],
    answers: { 200: CONTROLS[verb].answer },
    problems: [404, 409],
  })),
  {
    ...{ method: 'get', path: '/api/fallback/toggle', id: 'readFallback', group: 'Fallback mode' },
    permission: 'page.read',
    summary: 'Where fallback mode stands, what waits, and the restore checklist',
    answers: { 200: FALLBACK },
  },
  {
    ...{ method: 'post', path: '/api/fallback/toggle', id: 'switchFallback', group: 'Fallback mode' },
    permission: 'fallback.toggle',
    summary: 'Switch fallback mode on or off',
    fields: [TOGGLE_FIELDS],
    answers: {
      200: outcome('switched').extend({
        ...{ state: z.enum(['on', 'off']), version: z.int(), runId: z.int(), held: count, skipped: count },
      }),
    },
    problems: [400, 409],
  },
  {
    ...{ method: 'post', path: '/api/fallback/steps', id: 'changeFallbackSteps', group: 'Fallback mode' },
    permission: 'fallback.toggle',
    summary: 'Ask for further steps, try one again, or send on what was left out',
    fields: Object.values(STEP_FIELDS),
    answers: { 200: outcome('requested', 'retried', 'restored') },
    problems: [400, 409],
  },
  {
    ...comparison,
    ...{ method: 'get', path: '/api/reconcile', id: 'readComparison', permission: 'page.read' },
    summary: 'What never arrived, and how far Chatwoot has been compared',
    query: FOUND_QUERY,
    answers: { 200: FOUND },
    problems: [400],
  },
  {
    ...comparison,
    ...{ method: 'post', path: '/api/reconcile', id: 'compare', permission: 'reconcile.run' },
    summary: 'Compare Chatwoot with the inbox now; or pause, resume or cancel a comparison',
    fields: [COMPARE_FIELDS, CONTROL_FIELDS],
    answers: {
      200: outcome('comparison_paused', 'comparison_resumed', 'comparison_cancelled'),
      202: outcome('started').extend({ id: z.int(), since: time, until: time }),
    },
    problems: [400, 409],
  },
  {
    ...comparison,
    ...{ method: 'get', path: '/api/reconcile/withheld', id: 'readWithheld', permission: 'page.read' },
    summary: 'What was fetched and waits for a decision; names of customers only with the right "texts.read"',
    query: WITHHELD_QUERY,
    answers: { 200: WITHHELD },
    problems: [400],
  },
  {
    ...comparison,
    ...{ method: 'post', path: '/api/reconcile/withheld', id: 'decideWithheld', permission: 'reconcile.run' },
    summary: 'Send withheld messages on, or leave them for good',
    fields: [WITHHELD_FIELDS],
    answers: { 200: outcome('sent', 'left').extend({ count }) },
    problems: [400, 409],
  },
  {
    ...{ method: 'get', path: '/api/gates', id: 'readGates', group: 'Recovery', permission: 'page.read' },
    summary: 'Both checklists with what proves them, and the newest canary',
    query: GATES_QUERY,
    answers: { 200: GATES },
    problems: [404],
  },
  {
    ...{ method: 'get', path: '/api/canary', id: 'readCanary', group: 'Recovery', permission: 'page.read' },
    summary: 'The newest end-to-end canary with its steps',
    answers: { 200: z.object({ canary: CANARY.nullable() }) },
  },
  {
    ...{ method: 'get', path: '/api/drills', id: 'listDrills', group: 'Recovery', permission: 'page.read' },
    summary: 'Drills with how long their parts took',
    answers: { 200: DRILLS },
  },
];
