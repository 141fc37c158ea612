import {
  isCancelled,
  isOngoing,
  isPlanned,
  isStale,
  overallState,
  type PublicComponent,
  type PublicNotice,
  type PublicState,
  stateNow,
  stateOf,
  type StatusDocument,
  worstOf,
  saidAt,
} from './status-document.ts';
import { titleOf } from './render-parts.ts';
import { wordsIn } from './status-words.ts';

/**
 * The public document in the shapes of Statuspage's API v2. It has no word for what is not known: that is
 * `degraded_performance` and `minor` there, with `known: false` beside (docs/decisions/0024-status-page.md).
 */
type Indicator = 'none' | 'minor' | 'major' | 'critical' | 'maintenance';

const INDICATOR: Record<PublicState, Exclude<Indicator, 'maintenance'>> = {
  operational: 'none',
  unknown: 'minor',
  under_maintenance: 'none',
  degraded_performance: 'minor',
  partial_outage: 'major',
  major_outage: 'critical',
};

const PAGE_ID = 'outage-center';
/** Newest incidents of a list, as Statuspage has it. */
const LISTED = 50;

const sayable = (state: PublicState) => (state === 'unknown' ? 'degraded_performance' : state);

function pageOf(document: StatusDocument) {
  const { page, readAt } = document;
  return {
    id: PAGE_ID,
    name: titleOf(document),
    url: `${page.url ?? ''}/status`,
    time_zone: 'Etc/UTC',
    updated_at: readAt,
  };
}

function statusOf(document: StatusDocument, now: Date) {
  const overall = overallState(document, now);
  return {
    indicator: overall === 'under_maintenance' ? 'maintenance' : INDICATOR[overall],
    description: wordsIn(document.page.language).overall[overall],
    known: overall !== 'unknown' && !isStale(document, now),
  };
}

function componentOf(document: StatusDocument, component: PublicComponent, index: number, now: Date) {
  const state = stateNow(document, component, now);
  return {
    id: String(component.id),
    name: component.name,
    status: sayable(state),
    known: state !== 'unknown',
    created_at: component.createdAt,
    updated_at: component.changedAt,
    position: index + 1,
    description: component.about || null,
    showcase: true,
    start_date: component.createdAt.slice(0, 10),
    group_id: null,
    page_id: PAGE_ID,
    group: false,
    only_show_if_degraded: false,
  };
}

function noticeOf(document: StatusDocument, notice: PublicNotice, now: Date) {
  const { id, title, createdAt, beganAt, endsAt, resolvedAt, kind } = notice;
  const worst = worstOf(notice.affects.map(({ state }) => state));
  const affected = document.components.flatMap((component, index) =>
    notice.affects.some((one) => one.id === component.id)
      ? [componentOf(document, component, index, now)]
      : [],
  );
  return {
    id: String(id),
    name: title,
    status: stateOf(notice, now),
    created_at: createdAt,
    updated_at: saidAt(notice),
    monitoring_at: notice.updates.findLast(({ state }) => state === 'monitoring')?.at ?? null,
    resolved_at: resolvedAt,
    impact: kind === 'maintenance' ? 'maintenance' : INDICATOR[worst],
    shortlink: `${document.page.url ?? ''}/status/incidents/${id}`,
    started_at: beganAt,
    page_id: PAGE_ID,
    ...(kind === 'maintenance' && { scheduled_for: beganAt, scheduled_until: endsAt }),
    incident_updates: notice.updates.map((update) => ({
      id: String(update.id),
      status: update.state,
      body: update.text,
      incident_id: String(id),
      created_at: update.at,
      updated_at: update.replacedAt ?? update.at,
      display_at: update.at,
      affected_components: notice.affects.map((one) => ({
        code: String(one.id),
        name: one.name,
        new_status: sayable(one.state),
      })),
    })),
    components: affected,
  };
}

/** Names of the documents under `/api/v2/`. */
export const JSON_NAMES = [
  'summary',
  'status',
  'components',
  'incidents',
  'incidents/unresolved',
  'scheduled-maintenances',
  'scheduled-maintenances/upcoming',
  'scheduled-maintenances/active',
] as const;

/** One document of `/api/v2/`. */
export function renderJson(name: (typeof JSON_NAMES)[number], document: StatusDocument, now: Date): string {
  const page = pageOf(document);
  const all = document.notices;
  const of = (notices: readonly PublicNotice[]) =>
    notices.slice(0, LISTED).map((notice) => noticeOf(document, notice, now));
  const incidents = all.filter(({ kind }) => kind === 'incident');
  const unresolved = incidents.filter((notice) => isOngoing(notice, now));
  // It has no word for one that was called off: there it is deleted.
  const windows = all.filter((notice) => notice.kind === 'maintenance' && !isCancelled(notice));
  const components = () =>
    document.components.map((component, index) => componentOf(document, component, index, now));
  switch (name) {
    case 'summary':
      return JSON.stringify({
        page,
        components: components(),
        incidents: of(unresolved),
        scheduled_maintenances: of(
          windows.filter((notice) => isPlanned(notice, now) || isOngoing(notice, now)),
        ),
        status: statusOf(document, now),
      });
    case 'status':
      return JSON.stringify({ page, status: statusOf(document, now) });
    case 'components':
      return JSON.stringify({ page, components: components() });
    case 'incidents':
      return JSON.stringify({ page, incidents: of(incidents) });
    case 'incidents/unresolved':
      return JSON.stringify({ page, incidents: of(unresolved) });
    case 'scheduled-maintenances':
      return JSON.stringify({ page, scheduled_maintenances: of(windows) });
    case 'scheduled-maintenances/upcoming': {
      const planned = windows.filter((notice) => isPlanned(notice, now));
      return JSON.stringify({ page, scheduled_maintenances: of(planned) });
    }
    case 'scheduled-maintenances/active': {
      const active = windows.filter((notice) => isOngoing(notice, now));
      return JSON.stringify({ page, scheduled_maintenances: of(active) });
    }
  }
}
