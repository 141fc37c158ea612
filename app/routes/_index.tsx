import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useLoaderData, type ClientLoaderFunctionArgs } from '@remix-run/react';
import { pageMeta } from '../components/layout/page-title.ts';
import { NowPage } from '../components/now/now-page.tsx';
import { authorize } from '../features/access/authorize.server.ts';
import { readNow } from '../features/overview/read-overview.server.ts';
import { shellOf } from '../features/overview/shell/shell-view.ts';
import { readSandboxState } from '../features/overview/sandbox.server.ts';

export const meta: MetaFunction = (args) => [
  ...pageMeta(args, null),
  { name: 'description', content: 'What reaches customer support, what waits, and what to do about it.' },
];

export async function loader({ request, context }: LoaderFunctionArgs) {
  await authorize({ request, context }, 'page.read');
  const { services, intake, sandboxUrl } = context;
  const wish = new URL(request.url).searchParams.get('span');
  const [now, sandbox] = await Promise.all([
    readNow(services, intake.status(), { wish, now: services.db.clock.now() }),
    readSandboxState(sandboxUrl),
  ]);
  return json(
    { ...now, shell: shellOf(now.overview), sandbox, hasSandbox: sandboxUrl !== undefined },
    { headers: { 'Cache-Control': 'no-store' } },
  );
}

type Data = Awaited<ReturnType<ClientLoaderFunctionArgs['serverLoader']>>;
// In the browser only: what this address showed last.
let last: { url: string; data: Data } | undefined;

/** While the app does not answer the page stays as it was, marked "Not live", instead of turning into an error. */
export async function clientLoader({ request, serverLoader }: ClientLoaderFunctionArgs) {
  try {
    const data = await serverLoader();
    last = { url: request.url, data };
    return data;
  } catch (error) {
    if (last?.url === request.url && !(error instanceof Response)) return last.data;
    throw error;
  }
}
clientLoader.hydrate = true;

export default function Index() {
  const data = useLoaderData<typeof loader>();
  return <NowPage {...data} />;
}
