import type { AssignmentRun } from '../../features/backlog/assignment-view.ts';
import type {
  ReconciliationView,
  WithheldView,
} from '../../features/arrival/comparison/reconciliation-view.ts';
import { waitingNotice } from '../../features/backlog/waiting-notices.ts';
import type {
  BacklogFigures,
  MachineItem,
  WaitingListWish,
  WaitingPage as WaitingList,
  WaitingSample,
} from '../../features/backlog/waiting-view.ts';
import { Done, Problem } from '../access/answers.tsx';
import { Page } from '../page.tsx';
import { HandedOver } from './handed-over.tsx';
import { Machines } from './machines.tsx';
import { Missing } from './missing.tsx';
import { WaitingFigures } from './waiting-figures.tsx';
import { WaitingOverTime } from './waiting-over-time.tsx';
import { Withheld } from './withheld.tsx';
import type { WaitingRange } from './waiting-ranges.ts';
import { WaitingTable } from './waiting-table.tsx';

export interface WaitingPageProps {
  at: string;
  figures: BacklogFigures;
  list: WaitingList;
  machines: MachineItem[];
  wish: WaitingListWish;
  range: WaitingRange;
  samples: WaitingSample[];
  runs: AssignmentRun[];
  reconciliation: ReconciliationView;
  withheld: WithheldView;
  may: { assign: boolean; reconcile: boolean; leave: boolean; names: boolean };
  done: string | null;
}

/** The customers who wait: how many and since when, who is next, who takes whom, and what never arrived. */
export function WaitingPage(props: WaitingPageProps) {
  const { at, figures, list, machines, wish, range, samples, runs, reconciliation, withheld, may, done } =
    props;
  const notice = waitingNotice(done);
  return (
    <Page at={at} live>
      <h1 className="oc-title">Customers waiting</h1>
      <Done text={notice && !notice.refused ? notice.text : null} />
      <Problem>{notice?.refused ? notice.text : null}</Problem>
      <WaitingFigures figures={figures} />
      <WaitingTable figures={figures} list={list} wish={wish} range={range} may={may} />
      <Machines items={machines} count={figures.machines ?? 0} />
      {runs.length > 0 && <HandedOver runs={runs} />}
      <WaitingOverTime wish={wish} range={range} samples={samples} />
      <Missing view={reconciliation} may={may.reconcile} />
      <Withheld view={withheld} may={{ send: may.reconcile, leave: may.leave }} />
    </Page>
  );
}
