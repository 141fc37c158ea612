import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useLoaderData, useRouteError } from '@remix-run/react';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { refusedPage, TroublePage } from '../components/layout/trouble-page.tsx';
import { SandboxMessagesPage } from '../components/overview/sandbox-messages-page.tsx';
import { authorize } from '../features/access/authorize.server.ts';
import { readSandboxMessages } from '../features/overview/sandbox.server.ts';

export const meta: MetaFunction = (args) => pageMeta(args, 'Sandbox: messages');

/** What the demo's simulated Slack, mail server, PagerDuty and webhook were sent. */
export async function loader(args: LoaderFunctionArgs) {
  await authorize(args, 'page.read');
  const { sandboxUrl } = args.context;
  if (!sandboxUrl) throw new Response(null, { status: 404, statusText: 'Not Found' });
  const messages = await readSandboxMessages(sandboxUrl);
  return json(
    { at: args.context.services.db.clock.now().toISOString(), messages },
    { headers: { 'Cache-Control': 'no-store' } },
  );
}

export default function SandboxMessages() {
  return <SandboxMessagesPage {...useLoaderData<typeof loader>()} />;
}

export function ErrorBoundary() {
  const refused = refusedPage(useRouteError());
  if (refused) return refused;
  return (
    <TroublePage
      title="There are no simulated messages here"
      sentence="This app runs without the sandbox: it is part of “npm run demo” only."
    />
  );
}
