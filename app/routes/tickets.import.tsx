import { json, type ActionFunctionArgs, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useActionData, useLoaderData, useRouteError } from '@remix-run/react';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { refusedPage, TroublePage } from '../components/layout/trouble-page.tsx';
import { ImportPage } from '../components/tickets/import-page.tsx';
import { authorize, authorizeUpload } from '../features/access/authorize.server.ts';
import {
  importTickets,
  MOST_BYTES,
  type ImportOutcome,
} from '../features/tickets/import/import-tickets.server.ts';

export const meta: MetaFunction = (args) => pageMeta(args, 'Bring in a spreadsheet');

const NO_STORE = { 'Cache-Control': 'no-store' };

export async function loader({ request, context }: LoaderFunctionArgs) {
  await authorize({ request, context }, 'tickets.write');
  return json({ at: context.services.db.clock.now().toISOString() }, { headers: NO_STORE });
}

/** A file (`file`) or pasted rows (`rows`), the zone of times that name none (`zone`), and `order` of dates with slashes. */
export async function action({ request, context }: ActionFunctionArgs) {
  const { actor, form } = await authorizeUpload({ request, context }, 'tickets.write', MOST_BYTES);
  const { services } = context;
  const bytes = await bytesOf(form);
  const outcome: ImportOutcome =
    bytes === null
      ? { outcome: 'refused', problem: 'no_file' }
      : await importTickets(services, {
          bytes,
          zone: textOf(form.get('zone')) || 'UTC',
          order: form.get('order') === 'day_first' ? 'day_first' : 'month_first',
          actor,
          now: services.db.clock.now(),
        });
  const status = outcome.outcome === 'imported' ? 200 : 400;
  return json(outcome, { status, headers: NO_STORE });
}

async function bytesOf(form: FormData): Promise<Buffer | null> {
  const file = form.get('file');
  if (file instanceof Blob && file.size > 0) return Buffer.from(await file.arrayBuffer());
  const rows = textOf(form.get('rows'));
  return rows.trim() === '' ? null : Buffer.from(rows);
}

const textOf = (value: FormDataEntryValue | null) => (typeof value === 'string' ? value : '');

export default function Import() {
  return <ImportPage {...useLoaderData<typeof loader>()} result={useActionData<typeof action>() ?? null} />;
}

export function ErrorBoundary() {
  return (
    refusedPage(useRouteError()) ?? (
      <TroublePage
        title="The spreadsheet could not be brought in"
        sentence="It may be over 1 MB, or the database does not answer. Bringing it in again doubles nothing."
        retry
      />
    )
  );
}
