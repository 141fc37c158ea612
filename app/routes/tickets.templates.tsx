import {
  json,
  redirect,
  type ActionFunctionArgs,
  type LoaderFunctionArgs,
  type MetaFunction,
} from '@remix-run/node';
import { useActionData, useLoaderData, useRouteError } from '@remix-run/react';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { refusedPage, TroublePage } from '../components/layout/trouble-page.tsx';
import { TemplatesPage } from '../components/tickets/templates-page.tsx';
import { holds } from '../features/access/permissions.ts';
import { authorize, authorizeForm } from '../features/access/authorize.server.ts';
import {
  listTemplates,
  removeTemplate,
  saveTemplate,
  type TemplateOutcome,
} from '../features/tickets/templates.server.ts';
import { PROBLEMS } from '../features/tickets/ticket-words.ts';
import { parseRowNumber, parseVersion } from '../lib/http/form-fields.ts';

export const meta: MetaFunction = (args) => pageMeta(args, 'Templates');

const NO_STORE = { 'Cache-Control': 'no-store' };

export async function loader({ request, context }: LoaderFunctionArgs) {
  const asker = await authorize({ request, context }, 'page.read');
  const templates = await listTemplates(context.services);
  return json(
    {
      at: context.services.db.clock.now().toISOString(),
      templates,
      mayChange: holds(asker, 'settings.manage'),
    },
    { headers: NO_STORE },
  );
}

/** `do=save` (`template` of one that is there, `version`, `name`, `subject`, `body`) or `do=remove`. */
export async function action({ request, context }: ActionFunctionArgs) {
  const { actor, form } = await authorizeForm({ request, context }, 'settings.manage');
  const { services } = context;
  const { fields } = form;
  const text = (name: string) => fields.get(name) ?? '';
  const now = services.db.clock.now();
  const id = parseRowNumber(fields.get('template'));
  const version = parseVersion(fields.get('version')) ?? 0;
  const outcome =
    fields.get('do') === 'remove' && id !== null
      ? await removeTemplate(services, { id, version, actor, now })
      : await saveTemplate(services, {
          ...{ id, version, actor, now },
          ...{ name: text('name'), subject: text('subject'), body: text('body') },
        });
  if (outcome.outcome === 'saved' || outcome.outcome === 'removed')
    return redirect(`/tickets/templates?done=template_${outcome.outcome}`, 303);
  const typed = { id, name: text('name'), subject: text('subject'), body: text('body') };
  return json({ problem: wordsOf(outcome), typed }, { status: 400, headers: NO_STORE });
}

function wordsOf(outcome: TemplateOutcome): string {
  switch (outcome.outcome) {
    case 'saved':
    case 'removed':
      return '';
    case 'unknown_field':
      return `Not saved: there is no field {{${outcome.field.slice(0, 40)}}}.`;
    case 'changed_meanwhile':
      return PROBLEMS.template_changed;
    case 'too_long':
    case 'too_many':
    case 'text_missing':
      return PROBLEMS[outcome.outcome];
  }
}

export default function Templates() {
  return (
    <TemplatesPage {...useLoaderData<typeof loader>()} result={useActionData<typeof action>() ?? null} />
  );
}

export function ErrorBoundary() {
  return (
    refusedPage(useRouteError()) ?? (
      <TroublePage
        title="Templates cannot be read now"
        sentence="The database does not answer, or something failed."
        retry
      />
    )
  );
}
