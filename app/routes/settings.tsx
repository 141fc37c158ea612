import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { SettingsPage } from '../components/settings/settings-page.tsx';
import { authorize } from '../features/access/authorize.server.ts';

export const meta: MetaFunction = (args) => pageMeta(args, 'Settings');

export async function loader({ request, context }: LoaderFunctionArgs) {
  await authorize({ request, context }, 'page.read');
  return json(
    { at: context.services.db.clock.now().toISOString() },
    { headers: { 'Cache-Control': 'no-store' } },
  );
}

export default function Settings() {
  return <SettingsPage {...useLoaderData<typeof loader>()} />;
}
