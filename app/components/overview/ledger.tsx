import { Link } from '@remix-run/react';
import { Fragment } from 'react';
import type { LedgerLine } from '../../features/overview/overview-view.ts';
import { countText, numberText } from '../../lib/words.ts';
import { Section } from '../layout/page.tsx';
import { Time } from '../time.tsx';
import { ToneWord } from '../tone.tsx';

interface LedgerProps {
  ledger: LedgerLine;
  check: { at: string; balanced: boolean } | null;
}

/** Where every acknowledged webhook is, as a sum that people can do themselves. */
export function Ledger({ ledger, check }: LedgerProps) {
  const terms = [
    { id: 'delivered', word: 'delivered', n: ledger.delivered },
    { id: 'pending', word: 'on their way', n: ledger.pending },
    { id: 'held', word: 'held', n: ledger.held },
    ...(ledger.withheld > 0 ? [{ id: 'withheld', word: 'not sent yet', n: ledger.withheld }] : []),
    { id: 'dead', word: 'dead letters', n: ledger.dead },
    { id: 'discarded', word: 'discarded', n: ledger.discarded },
  ];
  const balanced = ledger.balanced && check?.balanced !== false;
  const off = ledger.received - terms.reduce((sum, term) => sum + term.n, 0);
  return (
    <Section
      id="ledger"
      title={balanced && ledger.quarantined === 0 ? 'Nothing is lost' : 'Where every webhook is'}
      side={
        balanced ? (
          <ToneWord tone="good">Balanced</ToneWord>
        ) : (
          <ToneWord tone="critical">Not balanced</ToneWord>
        )
      }
      hint="Every webhook that was acknowledged is in exactly one of these places."
    >
      <p className="oc-equation">
        <span className="oc-term oc-term-sum">
          <b>{numberText(ledger.received)}</b> received
        </span>
        {terms.map((term, index) => (
          <Fragment key={term.id}>
            <span className="oc-operator">{index === 0 ? '=' : '+'}</span>
            <span className={`oc-term oc-term-${term.id}${term.n === 0 ? ' oc-term-none' : ''}`}>
              <b>{numberText(term.n)}</b> {term.word}
            </span>
          </Fragment>
        ))}
      </p>
      <Bar ledger={ledger} />
      {ledger.spooled > 0 && (
        <p className="oc-ledger-note">
          <b>+ {countText(ledger.spooled, 'webhook')}</b> acknowledged and safe in a file on disk, not yet in
          the database. They are counted as received when it is back.
        </p>
      )}
      {ledger.quarantined > 0 && (
        <p className="oc-ledger-note oc-ledger-off">
          <b>+ {countText(ledger.quarantined, 'webhook')}</b> acknowledged and set aside in{' '}
          {ledger.quarantined === 1 ? 'a file, which does' : 'files, which do'} not go out by{' '}
          {ledger.quarantined === 1 ? 'itself' : 'themselves'}: the warning says what to do.
        </p>
      )}
      {ledger.reconciled > 0 && (
        <p className="oc-ledger-note">
          Of these, <b>{countText(ledger.reconciled, 'message')}</b> never reached us by{' '}
          {ledger.reconciled === 1 ? 'itself and was' : 'themselves and were'} fetched from Chatwoot.{' '}
          <Link to="/waiting#missing">When that was</Link>
        </p>
      )}
      {ledger.withheld > 0 && (
        <p className="oc-ledger-note">
          <b>{numberText(ledger.withheld)} not sent yet</b>: fetched from Chatwoot and no news any more, so
          somebody has to say whether {ledger.withheld === 1 ? 'it is' : 'they are'} to go out.{' '}
          <Link to="/waiting#withheld">Decide</Link>
        </p>
      )}
      {!balanced && (
        <p className="oc-ledger-note oc-ledger-off">
          {off === 0
            ? 'The sum agrees, but row by row an event without a delivery (or the reverse) was found.'
            : `The two sides differ by ${numberText(Math.abs(off))}.`}{' '}
          Run <code>npm run ops:status -- --json</code> and keep its answer: it counts row by row.
        </p>
      )}
      <p className="oc-ledger-note">
        {check === null ? (
          'Not yet counted row by row; that happens every minute.'
        ) : (
          <>
            Counted row by row <Time at={check.at} />: {check.balanced ? 'balanced.' : 'not balanced.'}
          </>
        )}
      </p>
    </Section>
  );
}

/** The shares of the sum; decoration, the numbers stand above. */
function Bar({ ledger }: { ledger: LedgerLine }) {
  if (ledger.received <= 0) return null;
  const parts = ['delivered', 'pending', 'held', 'withheld', 'dead', 'discarded'] as const;
  return (
    <div className="oc-bar" aria-hidden="true">
      {parts.map((part) =>
        ledger[part] > 0 ? (
          <span key={part} className={`oc-bar-${part}`} style={{ flexGrow: ledger[part] }} />
        ) : null,
      )}
    </div>
  );
}
