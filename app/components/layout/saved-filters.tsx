import { Form, Link, useLocation, useRouteLoaderData } from '@remix-run/react';
import {
  type FilterPlace,
  LONGEST_FILTER_NAME,
  type SavedFilter,
} from '../../features/access/access-words.ts';
import { TextField } from '../forms/form-fields.tsx';
import { SubmitButton } from '../forms/post-form.tsx';

interface SavedFiltersProps {
  place: FilterPlace;
  /** What the page's address now asks for; empty: nothing that could be kept. */
  query: string;
  /** Where on the page the filtered list is. */
  hash: string;
  /** The incident whose timeline it is. */
  incident?: number;
}

/** Somebody's own filters of this list: each is a link, and what is looked at now can be kept under a name. */
export function SavedFilters({ place, query, hash, incident }: SavedFiltersProps) {
  const { pathname } = useLocation();
  const data: unknown = useRouteLoaderData('root');
  const saved = (data as { saved?: { place: FilterPlace; filters: SavedFilter[] } | null } | undefined)
    ?.saved;
  if (saved?.place !== place) return null;
  const { filters } = saved;
  if (filters.length === 0 && query === '') return null;
  const current = filters.find((filter) => filter.query === query);
  const fields = (todo: 'save-filter' | 'forget-filter') => (
    <>
      {Object.entries({ do: todo, place, query, ...(incident && { incident }) }).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
    </>
  );
  return (
    <div className="oc-row oc-saved-filters" role="group" aria-label="Your filters">
      {filters.map(({ name, query: kept }) => (
        <Link
          key={name}
          to={`${pathname}?${kept}#${hash}`}
          preventScrollReset
          aria-current={kept === query ? 'true' : undefined}
          className="oc-link"
        >
          <bdi>{name}</bdi>
        </Link>
      ))}
      {current ? (
        <Form method="post" action="/account" preventScrollReset>
          {fields('forget-filter')}
          <input type="hidden" name="name" value={current.name} />
          <button type="submit" className="oc-plain-button">
            Forget “<bdi>{current.name}</bdi>”
          </button>
        </Form>
      ) : (
        query !== '' && (
          <details className="oc-details">
            <summary>Keep this filter</summary>
            <Form method="post" action="/account" preventScrollReset className="oc-row">
              {fields('save-filter')}
              <TextField
                label="Name of the filter"
                name="name"
                required
                maxLength={LONGEST_FILTER_NAME}
                autoComplete="off"
              />
              <SubmitButton>Keep it</SubmitButton>
            </Form>
          </details>
        )
      )}
    </div>
  );
}
