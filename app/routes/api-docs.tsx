import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { ApiPage } from '../components/settings/api-page.tsx';
import { authorize } from '../features/access/authorize.server.ts';
import { apiReference } from '../features/api/openapi.server.ts';

export const meta: MetaFunction = (args) => pageMeta(args, 'API');

export async function loader({ request, context }: LoaderFunctionArgs) {
  await authorize({ request, context }, 'page.read');
  const { config, db } = context.services;
  return json(
    {
      at: db.clock.now().toISOString(),
      base: config.APP_URL ?? new URL(request.url).origin,
      groups: apiReference(),
    },
    { headers: { 'Cache-Control': 'no-store' } },
  );
}

export default function Api() {
  return <ApiPage {...useLoaderData<typeof loader>()} />;
}
