import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { keepLast } from '../components/layout/browser.ts';
import { pageMeta } from '../components/layout/shell-state.tsx';
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

export const clientLoader = keepLast();

export default function Index() {
  const data = useLoaderData<typeof loader>();
  return <NowPage {...data} />;
}
