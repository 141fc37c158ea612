import type { Overview } from '../../features/overview/overview-view.ts';
import type { DeadLetterListing } from '../dead-letters/dead-letter-list.ts';
import { DeadLetters } from '../dead-letters/dead-letters-section.tsx';
import { BackLink, Page } from '../layout/page.tsx';
import { Section } from '../layout/section.tsx';
import { ChartSection } from './chart-section.tsx';
import { Ledger } from './ledger.tsx';
import { RecentEvents } from './recent-events.tsx';
import { Tiles } from './tiles.tsx';

export interface DeliveryPageProps {
  overview: Overview;
  /** null: the database does not answer. */
  list: DeadLetterListing | null;
}

/** Every figure, and what became of every webhook. */
export function DeliveryPage({ overview, list }: DeliveryPageProps) {
  return (
    <Page at={overview.at} live>
      <BackLink to="/">Now</BackLink>
      <h1 className="oc-title">Deliveries</h1>
      <Tiles tiles={overview.tiles} />
      {list && overview.ledger ? (
        <>
          <div className="oc-two">
            <Ledger ledger={overview.ledger} check={overview.ledgerCheck} />
            <RecentEvents events={overview.events} />
          </div>
          <ChartSection range={overview.range} points={overview.chart} />
          {/* The one part that grows in an outage stands last: nothing below it is pushed from under a hand. */}
          <DeadLetters list={list} replays={overview.replays} />
        </>
      ) : (
        <Section id="dead-letters" title="Dead letters and ledger">
          <p className="oc-empty">
            They cannot be read while the database does not answer, so nothing is shown here rather than an
            old number. This page continues by itself when it is back.
          </p>
        </Section>
      )}
    </Page>
  );
}
