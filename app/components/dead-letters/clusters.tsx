import { Link, useSearchParams } from '@remix-run/react';
import { numberText } from '../../features/overview/words.ts';
import { causeWords, eventWords } from '../delivery-words.ts';
import { NO_FILTER, pageUrl } from '../page-url.ts';
import type { ClusterItem } from './dead-letter-item.ts';

/** Open dead letters by cause, biggest first; one click shows only these. */
export function Clusters({ clusters, open }: { clusters: ClusterItem[]; open: number }) {
  const [params] = useSearchParams();
  const chosen = params.get('cause');
  if (clusters.length === 0) return null;
  return (
    <nav className="oc-clusters" aria-label="Dead letters by cause">
      <ul>
        {clusters.slice(0, 6).map((cluster) => {
          const current = chosen === cluster.cause;
          const to = pageUrl(
            params,
            { ...NO_FILTER, state: null, cause: current ? null : cluster.cause },
            'dead-letters',
          );
          return (
            <li key={cluster.cause}>
              <Link
                to={to}
                preventScrollReset
                className="oc-cluster"
                aria-current={current ? 'true' : undefined}
              >
                <b>{numberText(cluster.count)}</b>
                <span>
                  {causeWords(cluster.errorClass, cluster.status)}
                  <small>
                    {eventWords(cluster.event)} ·{' '}
                    {cluster.conversations === 1
                      ? '1 conversation'
                      : `${numberText(cluster.conversations)} conversations`}
                  </small>
                </span>
                <i
                  style={{ width: `${Math.max(2, (cluster.count / Math.max(open, 1)) * 100)}%` }}
                  aria-hidden="true"
                />
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
