import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { Form, Link, useLoaderData } from '@remix-run/react';
import { Page } from '../components/layout/page.tsx';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { Time } from '../components/time.tsx';
import { authorize } from '../features/access/authorize.server.ts';
import { holds } from '../features/access/permissions.ts';
import { LONGEST_QUERY } from '../features/overview/search-view.ts';
import { search } from '../features/overview/search.server.ts';
import { countText } from '../lib/words.ts';

export const meta: MetaFunction = (args) => pageMeta(args, 'Search');

/** Also what the command palette reads while somebody types. */
export async function loader(args: LoaderFunctionArgs) {
  const asker = await authorize(args, 'page.read');
  const { services } = args.context;
  const typed = new URL(args.request.url).searchParams.get('q') ?? '';
  const withTexts = holds(asker, 'texts.read');
  const answer = await search(services, { typed, withTexts });
  return json(
    { at: services.db.clock.now().toISOString(), ...answer, withTexts },
    { headers: { 'Cache-Control': 'no-store' } },
  );
}

/** What the command palette finds, as a page of its own: on a phone, without JavaScript, and to send to somebody. */
export default function Search() {
  const { at, query, found, problem, withTexts } = useLoaderData<typeof loader>();
  return (
    <Page at={at} narrow>
      <h1 className="oc-title">Search</h1>
      <Form role="search" className="oc-card oc-search" action="/search">
        <label htmlFor="q">
          {withTexts
            ? 'Name of a customer, or number of a conversation, incident, dead letter or ticket'
            : 'Title of an incident, or number of a conversation, incident, dead letter or ticket'}
        </label>
        <div className="oc-row">
          <input
            id="q"
            key={query}
            type="search"
            name="q"
            defaultValue={query}
            maxLength={LONGEST_QUERY}
            autoComplete="off"
          />
          <button type="submit" className="oc-plain-button">
            Search
          </button>
        </div>
        {!withTexts && <p className="oc-hint">Your role does not show customers’ names.</p>}
      </Form>
      {problem && (
        <p role="alert" className="oc-problem">
          {problem}
        </p>
      )}
      {query !== '' && !problem && (
        <section className="oc-card" aria-labelledby="found-title">
          <div className="oc-card-head">
            <h2 id="found-title">
              <span role="status">
                {found.length === 0 ? 'Nothing found' : countText(found.length, 'result')}
              </span>
            </h2>
          </div>
          {found.length === 0 && (
            <p className="oc-hint">
              Names are found by how their words begin, of conversations that this app has heard of.
            </p>
          )}
          <ul className="oc-found">
            {found.map(({ label, kind, state, since, by, to, chatwoot, deadLetters }) => (
              <li key={to}>
                <Link to={to} className="oc-strong-link">
                  <bdi>{label}</bdi>
                </Link>
                <small>
                  {kind}: <bdi>{state}</bdi>
                  {since && (
                    <>
                      , since <Time at={since} />
                    </>
                  )}
                  {by && (
                    <>
                      , <bdi>{by}</bdi>
                    </>
                  )}
                </small>
                {(chatwoot || deadLetters) && (
                  <span className="oc-row">
                    {chatwoot && (
                      <a href={chatwoot} rel="noreferrer" className="oc-link">
                        Open in Chatwoot
                      </a>
                    )}
                    {deadLetters && (
                      <Link to={deadLetters} className="oc-link">
                        Its dead letters
                      </Link>
                    )}
                  </span>
                )}
              </li>
            ))}
          </ul>
        </section>
      )}
    </Page>
  );
}
