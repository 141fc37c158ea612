import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { SearchPage } from '../components/layout/search-page.tsx';
import { authorize } from '../features/access/authorize.server.ts';
import { holds } from '../features/access/permissions.ts';
import { search } from '../features/overview/search.server.ts';

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

export default function Search() {
  return <SearchPage {...useLoaderData<typeof loader>()} />;
}
