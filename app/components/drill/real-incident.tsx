import { Link } from '@remix-run/react';
import { ToneIcon } from '../tone.tsx';

/** Practice is over when it is real. */
export function RealIncident({
  real,
  running,
}: {
  real: { id: number; title: string } | null;
  running: boolean;
}) {
  if (!real) return null;
  return (
    <div className="oc-notice oc-band-critical" role="alert">
      <ToneIcon tone="critical" />
      <p>
        This is no drill: <Link to={`/incidents/${real.id}`}>incident {real.id}</Link> is open ({real.title}).{' '}
        {running ? 'End the drill and go there.' : 'Practise when it is over.'}
      </p>
    </div>
  );
}
