import { SEVERITY_MEANING, type Severity } from '../../lib/severity.ts';
import { SEVERITY_TONE, SEVERITY_WORD } from './incident-words.ts';

/** The runbook's severity, its meaning on hover. */
export function SeverityBadge({ severity }: { severity: Severity }) {
  return (
    <span className={`oc-severity oc-band-${SEVERITY_TONE[severity]}`} title={SEVERITY_MEANING[severity]}>
      <b>{severity}</b> {SEVERITY_WORD[severity]}
    </span>
  );
}

/** Practice, and never to be mistaken for the real thing. */
export function DrillBadge({ drill }: { drill: boolean }) {
  return drill ? <span className="oc-drill-badge">Drill</span> : null;
}
