import { Link } from '@remix-run/react';
import type { GatesState, NextAction } from '../../features/gates/decide-next.ts';
import { ToneIcon } from '../tone.tsx';
import { CanaryDecision } from './canary-decision.tsx';
import { CheckButton, StartCanary, TickForm } from './gate-forms.tsx';

interface GateHeadProps {
  state: GatesState;
  incidentId: number | null;
  mayAct: boolean;
}

/** Where the way out of the outage stands, and the next open item with its button. */
export function GateHead({ state, incidentId, mayAct }: GateHeadProps) {
  const { tone, sentence, next } = state;
  return (
    <section className={`oc-verdict oc-band-${tone}`} aria-label="Recovery">
      <div className="oc-verdict-main">
        <ToneIcon tone={tone} />
        <div>
          <h1 className="oc-verdict-sentence">{sentence}</h1>
        </div>
      </div>
      {next && (
        <div className="oc-next">
          <p>
            <strong className="oc-next-label">Next step</strong> {next.text}
          </p>
          <Act action={next.action} incidentId={incidentId} mayAct={mayAct} />
        </div>
      )}
    </section>
  );
}

function Act({
  action,
  incidentId,
  mayAct,
}: {
  action: NextAction;
  incidentId: number | null;
  mayAct: boolean;
}) {
  if (action.kind === 'link') {
    const Anchor = action.to.startsWith('#') ? HashLink : PageLink;
    return <Anchor to={action.to}>{action.label}</Anchor>;
  }
  if (!mayAct) return null;
  switch (action.kind) {
    case 'check':
      return <CheckButton prominent />;
    case 'canary':
      return <StartCanary prominent />;
    case 'approve':
      return <CanaryDecision id={action.id} prominent />;
    case 'tick':
      return <TickForm gate={action.gate} incidentId={incidentId} item={action.item} prominent />;
    case 'wait':
      return null;
  }
}

const PageLink = ({ to, children }: { to: string; children: string }) => (
  <Link to={to} className="oc-link">
    {children}
  </Link>
);
const HashLink = ({ to, children }: { to: string; children: string }) => (
  <a href={to} className="oc-link">
    {children}
  </a>
);
