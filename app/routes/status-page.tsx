import {
  type ActionFunctionArgs,
  json,
  type LoaderFunctionArgs,
  type MetaFunction,
  redirect,
} from '@remix-run/node';
import { useActionData, useLoaderData, useRouteError } from '@remix-run/react';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { refusedPage, TroublePage } from '../components/layout/trouble-page.tsx';
import { StatusPageSettings } from '../components/settings/status-page-settings.tsx';
import { authorize, authorizeForm, authorizeUpload } from '../features/access/authorize.server.ts';
import { holds } from '../features/access/permissions.ts';
import { planProbes } from '../features/health/probes/probe.ts';
import { isOn } from '../features/status/build-document.server.ts';
import {
  type ChangeOutcome,
  removeComponent,
  saveComponent,
  saveLogo,
  savePage,
} from '../features/status/change-page.server.ts';
import {
  announceWindow,
  endSeries,
  endWindow,
} from '../features/status/maintenance/change-windows.server.ts';
import { readSeries } from '../features/status/maintenance/series.server.ts';
import { readNotices, readOpenNotices } from '../features/status/read-notices.server.ts';
import { canSubscribe, cancelMailing } from '../features/status/subscribers/mailing.server.ts';
import {
  clearBounce,
  countSubscribers,
  readBounced,
  readMailings,
  removeSubscriber,
} from '../features/status/subscribers/read-subscribers.server.ts';
import type { BouncedSubscriber } from '../features/status/subscribers/subscribers-view.ts';
import { readPage, readStatusComponents } from '../features/status/read-settings.server.ts';
import { FORM_PROBLEMS } from '../features/status/status-form-words.ts';
import { parseRowNumber } from '../lib/http/form-fields.ts';
import type { Services } from '../lib/services.server.ts';

const NO_STORE = { 'Cache-Control': 'no-store' };
const MOST_LOGO_BYTES = 64 * 1024;

export const meta: MetaFunction = (args) => pageMeta(args, 'Status page');

/** What can be tied to a component, each once. */
const partsOf = ({ config }: Services) => [
  ...new Map(planProbes(config).map(({ component, label }) => [component, label])),
];

export async function loader(args: LoaderFunctionArgs) {
  const actor = await authorize(args, 'page.read');
  const { services } = args.context;
  const { pool, clock } = services.db;
  const now = clock.now();
  const [page, components, notices, open, series, subscribers] = await Promise.all([
    readPage(pool),
    readStatusComponents(pool),
    readNotices(pool),
    readOpenNotices(pool),
    readSeries(pool),
    readSubscribers(services, holds(actor, 'settings.manage')),
  ]);
  const { logo, ...shown } = page;
  return json(
    {
      at: now.toISOString(),
      page: { ...shown, hasLogo: logo !== null },
      setting: services.config.STATUS_PAGE,
      on: isOn(services.config.STATUS_PAGE, page.enabled),
      appUrl: services.config.APP_URL ?? null,
      components,
      open,
      series,
      subscribers,
      parts: partsOf(services).map(([name, label]) => ({ name, label })),
      windows: notices
        .filter(
          ({ kind, resolvedAt, endsAt }) =>
            kind === 'maintenance' && !resolvedAt && Date.parse(endsAt!) > now.getTime(),
        )
        .map(({ id, title, beganAt, endsAt }) => ({ id, title, from: beganAt, to: endsAt! })),
      saved: new URL(args.request.url).searchParams.get('done') === 'saved',
    },
    { headers: NO_STORE },
  );
}

/** Addresses only for who may change them: they are personal data. */
async function readSubscribers(services: Services, mayChange: boolean) {
  const [counts, mailings, bounced] = await Promise.all([
    countSubscribers(services.db.pool),
    readMailings(services.db.pool),
    mayChange ? readBounced(services) : ([] as BouncedSubscriber[]),
  ]);
  const perMinute = services.config.SUBSCRIBER_MAILS_PER_MINUTE;
  return { open: canSubscribe(services.config), counts, perMinute, mailings, bounced };
}

/**
 * `do=page`, `component`, `remove`, `window`, `end` or `end-series`; of subscribers `cancel-mailing`, `unbounce` or `unsubscribe`; a file is the
 * logo.
 */
export async function action(args: ActionFunctionArgs) {
  const isFile = args.request.headers.get('Content-Type')?.startsWith('multipart/') ?? false;
  const outcome = await (isFile ? changeLogo(args) : change(args));
  if (outcome.outcome === 'saved') return redirect('/status-page?done=saved', 303);
  const { outcome: code } = outcome;
  return json({ problem: FORM_PROBLEMS[code], code }, { status: 400, headers: NO_STORE });
}

async function changeLogo(args: ActionFunctionArgs): Promise<ChangeOutcome> {
  const { actor, form } = await authorizeUpload(args, 'settings.manage', MOST_LOGO_BYTES);
  const { services } = args.context;
  const file = form.get('logo');
  return saveLogo(services, {
    file: file instanceof Blob ? file : null,
    actor,
    now: services.db.clock.now(),
  });
}

async function change(args: ActionFunctionArgs): Promise<ChangeOutcome> {
  const { actor, form } = await authorizeForm(args, 'settings.manage');
  const { services } = args.context;
  const now = services.db.clock.now();
  const asked = { fields: form.fields, actor, now };
  const numberOf = (name: string) => parseRowNumber(form.fields.get(name)) ?? 0;
  const done = async (changing: Promise<boolean>): Promise<ChangeOutcome> => ({
    outcome: (await changing) ? 'saved' : 'not_there',
  });
  switch (form.fields.get('do') ?? '') {
    case 'component':
      return saveComponent(
        services,
        asked,
        partsOf(services).map(([name]) => name),
      );
    case 'remove':
      return removeComponent(services, asked);
    case 'window':
      return announceWindow(services, asked);
    case 'end':
      return endWindow(services, asked);
    case 'end-series':
      return endSeries(services, asked);
    case 'cancel-mailing':
      return done(cancelMailing(services, { id: numberOf('mailing'), actor, now }));
    case 'unbounce':
      return done(clearBounce(services, { id: numberOf('subscriber'), actor, now }));
    case 'unsubscribe':
      return done(
        removeSubscriber(services, { address: (form.fields.get('address') ?? '').trim(), actor, now }),
      );
    default:
      return savePage(services, asked);
  }
}

export default function StatusPageRoute() {
  const refusal = useActionData<typeof action>();
  return (
    <StatusPageSettings
      {...useLoaderData<typeof loader>()}
      // That one is said beside its field.
      problem={refusal && refusal.code !== 'together' ? refusal.problem : null}
    />
  );
}

export function ErrorBoundary() {
  return (
    refusedPage(useRouteError()) ?? (
      <TroublePage
        title="The settings of the status page cannot be read now"
        sentence="The database does not answer, or something failed. Customers go on seeing the public page as it was last, with its age."
        retry
      />
    )
  );
}
