import { Link } from '@remix-run/react';
import type { ReconciliationView } from '../../features/arrival/comparison/reconciliation-view.ts';
import type {
  IncidentAlertView,
  IncidentDetail,
  IncidentSummary,
  LateRun,
} from '../../features/incidents/incident-view.ts';
import type { Told } from '../../features/status/status-document.ts';
import { TextArea } from '../forms/form-fields.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { AlertWords, BackLink, Page, Section } from '../layout/page.tsx';
import { useMay } from '../layout/person.tsx';
import { Time } from '../time.tsx';
import { ToneWord } from '../tone.tsx';
import { Missing } from '../waiting/missing-messages.tsx';
import { Guide } from './guide.tsx';
import { IncidentActions, type RecoveryState } from './incident-actions.tsx';
import { IncidentHead } from './incident-head.tsx';
import { LadderSection } from './ladder.tsx';
import { NotificationLog } from './notification-log.tsx';
import { FilteredTimeline, type TimelineWish } from './timeline-filter.tsx';

export interface IncidentPageProps {
  /** What customers were told last. */
  told?: Told | null;
  at: string;
  incident: IncidentDetail;
  /** Other open incidents. */
  others: Pick<IncidentSummary, 'id' | 'title'>[];
  /** How far its recovery is proved. */
  recovery: RecoveryState | null;
  /** What never arrived in its time; left out where it is not asked for. */
  missing?: ReconciliationView;
  /** Webhooks of its time that were kept, but answered too late for Chatwoot. */
  late?: LateRun[];
  tab: IncidentTab;
  /** Which lines of the timeline are asked for. */
  wish: TimelineWish;
}

/** One incident: what is the matter, and by tab what to do, everything that happened, and who is told when. */
export function IncidentPage(props: IncidentPageProps) {
  const { at, incident, tab } = props;
  const closed = incident.status === 'resolved' || incident.status === 'merged';
  const mayNote = useMay('incidents.respond') && !closed;
  return (
    <Page at={at} live>
      <BackLink to="/incidents">All incidents</BackLink>
      <IncidentHead incident={incident} />
      <IncidentTabs id={incident.id} current={tab} />
      {tab === 'guide' && <GuideTab {...props} closed={closed} />}
      {tab === 'timeline' && (
        <FilteredTimeline id={incident.id} lines={incident.timeline} wish={props.wish} />
      )}
      {tab === 'told' && (
        <div className="oc-two">
          <LadderSection incident={incident} />
          <NotificationLog notifications={incident.notifications} />
        </div>
      )}
      {mayNote && <NoteBar id={incident.id} />}
    </Page>
  );
}

function GuideTab({
  incident,
  others,
  recovery,
  missing,
  told = null,
  late = [],
  closed,
}: IncidentPageProps & { closed: boolean }) {
  return (
    <div className={incident.guide.length > 0 ? 'oc-two' : undefined}>
      {incident.guide.length > 0 && (
        <Guide
          incident={incident}
          guide={incident.guide}
          closed={closed}
          nextKey={incident.nextGuideStep?.key ?? null}
        />
      )}
      <div className="oc-column">
        <IncidentActions {...{ incident, others, recovery, told }} />
        <IncidentAlerts alerts={incident.alerts} />
        {missing && !incident.drill && <Missing view={missing} late={late} may={false} />}
      </div>
    </div>
  );
}

/** What somebody has just found out is written down from wherever they read. */
function NoteBar({ id }: { id: number }) {
  return (
    <PostForm action={`/api/incidents/${id}/note`} className="oc-stay oc-note" resets>
      {(busy) => (
        <>
          <TextArea label="Note for the timeline" name="text" required maxLength={4000} rows={1} />
          <SubmitButton disabled={busy}>Add the note</SubmitButton>
        </>
      )}
    </PostForm>
  );
}

/** The rules that made this an incident, with the numbers that triggered them. */
function IncidentAlerts({ alerts }: { alerts: IncidentAlertView[] }) {
  return (
    <Section id="alerts" title="Why it is an incident">
      {alerts.length === 0 ? (
        <p className="oc-hint">It was opened by hand: no rule has fired.</p>
      ) : (
        <ul className="oc-lines">
          {alerts.map((alert) => (
            <li key={`${alert.rule} ${alert.firedAt}`}>
              <ToneWord tone={alert.clearedAt ? 'good' : 'critical'}>
                {alert.clearedAt ? 'Cleared' : 'Firing'}
              </ToneWord>
              <div>
                <AlertWords words={alert.words} />
                <small>
                  {alert.severity}, fired <Time at={alert.firedAt} />
                  {alert.clearedAt && (
                    <>
                      , cleared <Time at={alert.clearedAt} />
                    </>
                  )}
                </small>
              </div>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

/** What the incident's own page shows; the report is a page of its own. */
export type IncidentTab = 'guide' | 'timeline' | 'told';

const TABS = [
  ['guide', 'Guide'],
  ['timeline', 'Timeline'],
  ['told', 'Told'],
  ['report', 'Report'],
] as const;

/** @param wish the address's `tab`; anything else is the guide */
export const parseIncidentTab = (wish: string | null): IncidentTab =>
  wish === 'timeline' || wish === 'told' ? wish : 'guide';

const incidentTabUrl = (id: number, tab: IncidentTab | 'report'): string =>
  tab === 'report' ? `/incidents/${id}/report` : `/incidents/${id}${tab === 'guide' ? '' : `?tab=${tab}`}`;

/** The parts of an incident, each with an address of its own. */
function IncidentTabs({ id, current }: { id: number; current: IncidentTab | 'report' }) {
  return (
    <nav className="oc-tabs oc-page-tabs" aria-label={`Incident ${id}`}>
      {TABS.map(([tab, words]) => (
        <Link
          key={tab}
          to={incidentTabUrl(id, tab)}
          preventScrollReset
          aria-current={tab === current ? 'page' : undefined}
        >
          {words}
        </Link>
      ))}
    </nav>
  );
}
