import type {
  ReconciliationView,
  WithheldView,
} from '../../features/arrival/comparison/reconciliation-view.ts';
import type { LateRun } from '../../features/incidents/incident-view.ts';
import type { Tone } from '../../features/overview/overview-view.ts';
import type { AssignmentItemOutcome, AssignmentRun } from '../../features/waiting/assign/assignment-view.ts';
import { waitingNotice } from '../../features/waiting/waiting-words.ts';
import type {
  MachineItem,
  WaitingFigures,
  WaitingListWish,
  WaitingPage as WaitingList,
  WaitingRange,
  WaitingSample,
} from '../../features/waiting/waiting-view.ts';
import { countText } from '../../lib/words.ts';
import { Done, Problem } from '../forms/form-fields.tsx';
import { Page, Section } from '../layout/page.tsx';
import { Progress, type Work } from '../layout/progress.tsx';
import { Moment, Time } from '../time.tsx';
import { ToneWord } from '../tone.tsx';
import { Missing } from './missing-messages.tsx';
import { WaitingTiles } from './waiting-tiles.tsx';
import { WaitingOverTime } from './waiting-over-time.tsx';
import { WaitingTable } from './waiting-table.tsx';
import { Withheld } from './withheld.tsx';
import type { ExactId } from '../../lib/chatwoot/chatwoot-values.ts';

export interface WaitingPageProps {
  at: string;
  figures: WaitingFigures;
  list: WaitingList;
  machines: MachineItem[];
  wish: WaitingListWish;
  range: WaitingRange;
  samples: WaitingSample[];
  runs: AssignmentRun[];
  reconciliation: ReconciliationView;
  /** Webhooks of the last 7 days that were kept, but answered too late for Chatwoot. */
  late: LateRun[];
  withheld: WithheldView;
  may: { assign: boolean; reconcile: boolean; leave: boolean; names: boolean };
  done: string | null;
}

/** The customers who wait: how many and since when, who is next, who takes whom, and what never arrived. */
export function WaitingPage(props: WaitingPageProps) {
  const {
    at,
    figures,
    list,
    machines,
    wish,
    range,
    samples,
    runs,
    reconciliation,
    late,
    withheld,
    may,
    done,
  } = props;
  const notice = waitingNotice(done);
  return (
    <Page at={at} live>
      <h1 className="oc-title">Customers waiting</h1>
      <Done text={notice && !notice.refused ? notice.text : null} />
      <Problem>{notice?.refused ? notice.text : null}</Problem>
      <WaitingTiles figures={figures} />
      <WaitingTable figures={figures} list={list} wish={wish} range={range} may={may} />
      <Machines items={machines} count={figures.machines ?? 0} />
      {runs.length > 0 && <HandedOver runs={runs} may={may.assign} />}
      <WaitingOverTime wish={wish} range={range} samples={samples} />
      <Missing view={reconciliation} late={late} lateOf="In the last 7 days: " may={may.reconcile} />
      <Withheld view={withheld} may={{ send: may.reconcile, leave: may.leave }} />
    </Page>
  );
}

const WORDS: Record<AssignmentItemOutcome, [Tone, string]> = {
  assigned: ['good', 'Assigned'],
  answered_before: ['info', 'Answered meanwhile'],
  gone: ['info', 'Gone'],
  failed: ['critical', 'Failed'],
  cancelled: ['unknown', 'Cancelled'],
};

/** The latest times that conversations were assigned to people, with the result of each. */
function HandedOver({ runs, may }: { runs: AssignmentRun[]; may: boolean }) {
  const open = runs.filter(({ state }) => state === 'running' || state === 'paused');
  return (
    <Section id="handed" title="Assigned lately">
      {open.length > 0 && (
        <ul className="oc-replays" aria-label="Being assigned">
          {open.map((run) => (
            <Progress key={run.id} work={workOf(run, may)} />
          ))}
        </ul>
      )}
      {runs.map((run, index) => (
        <details
          key={run.id}
          open={(index === 0 && (run.failed > 0 || !run.finishedAt)) || undefined}
          className="oc-details"
        >
          <summary>
            {summaryOf(run)}{' '}
            <span className="oc-quiet">
              (<Moment at={run.createdAt} />, by {run.createdBy})
            </span>
          </summary>
          <ul className="oc-steps">
            {run.items.map((item) => {
              const [tone, word] = item.outcome ? WORDS[item.outcome] : (['info', 'To do'] as const);
              return (
                <li key={item.key}>
                  <ToneWord tone={tone}>{word}</ToneWord>
                  <div>
                    <ConversationLink conversationId={item.conversationId} url={item.url} /> to{' '}
                    {item.agentName}
                    {item.detail && <p>{item.detail}</p>}
                  </div>
                </li>
              );
            })}
          </ul>
          {run.items.length < run.total && (
            <p className="oc-quiet">The first {run.items.length} are shown.</p>
          )}
        </details>
      ))}
    </Section>
  );
}

function workOf({ id, state, total, done, failed, perSecond }: AssignmentRun, may: boolean): Work {
  return {
    id: `assignment-${id}`,
    name: `Assignment ${id}`,
    title: `Assignment ${id}: ${countText(total, 'conversation')}`,
    ...{ state, total, done, perSecond },
    failing: failed > 0,
    figures: [`${done} of ${total} done`, ...(failed > 0 ? [`${failed} failed`] : [])],
    secondsLeft: perSecond ? Math.ceil((total - done) / perSecond) : null,
    ...(may && {
      control: (verb) => ({ action: '/api/waiting/assign', fields: { run: String(id), do: verb } }),
    }),
  };
}

function summaryOf({ total, done, failed, finishedAt, state }: AssignmentRun): string {
  if (!finishedAt) return `${done} of ${countText(total, 'conversation')} done`;
  const all = countText(total, 'conversation');
  if (state === 'cancelled') return `${all}, cancelled`;
  return failed === 0 ? `${all}, all done` : `${all}, ${failed} failed`;
}

interface MachinesProps {
  items: MachineItem[];
  /** All of them. */
  count: number;
}

/** What nobody wrote: bounces, robots' notices, out-of-office answers. Apart, so that no customer waits behind them. */
function Machines({ items, count }: MachinesProps) {
  if (count === 0) return null;
  return (
    <Section
      id="machines"
      title="From machines"
      side={<b className="oc-quiet">{countText(count, 'conversation')}</b>}
      hint="Bounces, robots' notices and out-of-office answers. Nobody waits there, so no clock runs and they are not assigned."
    >
      <details className="oc-details">
        <summary>Show them</summary>
        <ul className="oc-plain-list">
          {items.map((item) => (
            <li key={item.key}>
              <ConversationLink conversationId={item.conversationId} url={item.url} />,{' '}
              <Time at={item.since} />
            </li>
          ))}
        </ul>
        {items.length < count && <p className="oc-quiet">The newest {items.length} are shown.</p>}
      </details>
    </Section>
  );
}

interface ConversationLinkProps {
  conversationId: ExactId;
  /** Where it is in Chatwoot; null when that is not connected. */
  url: string | null;
}

/** "Conversation 12", which leads to it in Chatwoot. */
function ConversationLink({ conversationId, url }: ConversationLinkProps) {
  const title = `Conversation ${conversationId}`;
  if (url === null) return title;
  return (
    <a href={url} target="_blank" rel="noreferrer">
      {title}
    </a>
  );
}
