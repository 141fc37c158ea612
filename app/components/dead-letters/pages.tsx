import { Link, useSearchParams } from '@remix-run/react';
import { numberText } from '../../features/overview/words.ts';
import { pageUrl } from '../page-url.ts';

interface PagesProps {
  page: number;
  pageSize: number;
  total: number;
  /** There are more than `total`: counting stopped there. */
  more: boolean;
}

/** Which part of the list is in view, and the way to the others. */
export function Pages({ page, pageSize, total, more }: PagesProps) {
  const [params] = useSearchParams();
  const first = (page - 1) * pageSize + 1;
  const last = Math.min(page * pageSize, total);
  const to = (target: number) => pageUrl(params, { page: target === 1 ? null : target }, 'dead-letters');
  return (
    <nav className="oc-pages" aria-label="Pages of dead letters">
      <span>
        {numberText(first)} to {numberText(last)} of {numberText(total)}
        {more ? ' or more' : ''}
      </span>
      {page > 1 && (
        <Link to={to(page - 1)} preventScrollReset rel="prev">
          Previous
        </Link>
      )}
      {last < total && (
        <Link to={to(page + 1)} preventScrollReset rel="next">
          Next
        </Link>
      )}
    </nav>
  );
}
