import { Link } from '@remix-run/react';
import type { Warning } from '../../features/overview/overview-view.ts';
import { RegisterAgain } from '../register-again.tsx';
import { Said } from '../time.tsx';
import { ToneIcon } from '../tone.tsx';

/** What does not stop the service but needs somebody, each with its cure. */
export function Warnings({ warnings }: { warnings: Warning[] }) {
  return (
    <ul className="oc-warnings" aria-label="Warnings">
      {warnings.map((warning) => (
        <li key={warning.id} className={`oc-warning oc-band-${warning.tone}`}>
          <ToneIcon tone={warning.tone} />
          <div>
            <p>
              <strong>
                <Said text={warning.sentence} />
              </strong>{' '}
              <Said text={warning.cure} />{' '}
              {warning.link && <Link to={warning.link.to}>{warning.link.label}</Link>}
            </p>
            {warning.registers && <RegisterAgain />}
          </div>
        </li>
      ))}
    </ul>
  );
}
