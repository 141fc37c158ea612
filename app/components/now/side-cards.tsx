import { Link } from '@remix-run/react';
import type { LedgerLine, Tone } from '../../features/overview/overview-view.ts';
import { listText, numberText } from '../../lib/words.ts';
import { Section } from '../layout/page.tsx';
import { Time, useNow } from '../time.tsx';
import { ToneIcon, ToneWord } from '../tone.tsx';

/** A drill that is older says little about who would do what now, ms. */
const DRILL_MS = 30 * 86_400_000;

/** What would happen if something failed now. */
export function ReadyCard({ gaps, drillAt }: { gaps: string[] | null; drillAt: string | null }) {
  const now = useNow();
  if (gaps === null) return null;
  const fresh = drillAt !== null && now - Date.parse(drillAt) < DRILL_MS;
  return (
    <Section id="ready" title="If it failed now">
      <ul className="oc-side-lines">
        <Line tone={gaps.length === 0 ? 'good' : 'critical'} link={['/contacts', 'Contacts']}>
          {gaps.length === 0 ? 'Every role can be reached' : `Nobody can be reached for ${listText(gaps)}`}
        </Line>
        <Line tone={fresh ? 'good' : 'warning'} link={['/drill', 'Run a drill']}>
          {drillAt === null ? (
            'No drill has been run yet'
          ) : (
            <>
              Last drill <Time at={drillAt} />
            </>
          )}
        </Line>
        <Line tone="info" link={['/fallback', 'See']}>
          What answering by hand would do
        </Line>
      </ul>
    </Section>
  );
}

/** Where every acknowledged webhook is, in a glance. */
export function LostCard({
  ledger,
  check,
}: {
  ledger: LedgerLine | null;
  check: { balanced: boolean } | null;
}) {
  if (!ledger) return null;
  const balanced = ledger.balanced && check?.balanced !== false;
  const rows = [
    ['Acknowledged', ledger.received],
    ['with the Agent service', ledger.delivered],
    ['on their way', ledger.pending],
    ['held', ledger.held],
    ['not sent yet', ledger.withheld],
    ['dead letters', ledger.dead],
    ['discarded', ledger.discarded],
  ] as const;
  return (
    <Section
      id="lost"
      title={balanced && ledger.quarantined === 0 ? 'Nothing is lost' : 'Where every webhook is'}
      side={
        <ToneWord tone={balanced ? 'good' : 'critical'}>{balanced ? 'Balanced' : 'Not balanced'}</ToneWord>
      }
      hint="Counted in webhooks: a message brings several, such as that its conversation changed."
    >
      <dl className="oc-figures">
        {rows
          .filter(([, n], index) => index < 2 || n > 0)
          .map(([words, n]) => (
            <div key={words}>
              <dt>{words}</dt>
              <dd>{numberText(n)}</dd>
            </div>
          ))}
      </dl>
      <Link className="oc-link" to="/delivery#ledger">
        How it adds up
      </Link>
    </Section>
  );
}

interface LineProps {
  tone: Tone;
  link: [to: string, label: string];
  children: React.ReactNode;
}

function Line({ tone, link: [to, label], children }: LineProps) {
  return (
    <li>
      <ToneIcon tone={tone} />
      <span>{children}</span>
      <Link className="oc-link" to={to}>
        {label}
      </Link>
    </li>
  );
}
