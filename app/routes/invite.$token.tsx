import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useActionData, useLoaderData } from '@remix-run/react';
import { LinkForm } from '../components/sign-in/sign-in-form.tsx';
import { actOnLinkPage, loadLinkPage } from '../features/access/links/link-form.server.ts';

export const meta: MetaFunction = () => [
  { title: 'Invitation · Outage Center' },
  { name: 'robots', content: 'noindex' },
];

export const loader = (args: LoaderFunctionArgs) => loadLinkPage(args, ['invite', 'reset']);

export const action = (args: ActionFunctionArgs) => actOnLinkPage(args, ['invite', 'reset']);

export default function LinkPage() {
  const { link } = useLoaderData<typeof loader>();
  const problem = useActionData<typeof action>()?.problem ?? null;
  return <LinkForm link={link} problem={problem} />;
}
