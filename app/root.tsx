import {
  isRouteErrorResponse,
  Links,
  Meta,
  Outlet,
  Scripts,
  ScrollRestoration,
  useRouteError,
  type ClientLoaderFunctionArgs,
} from '@remix-run/react';
import {
  type AppLoadContext,
  json,
  type LinksFunction,
  type LoaderFunctionArgs,
  type MetaFunction,
} from '@remix-run/node';
import interLatin from '@fontsource-variable/inter/files/inter-latin-wght-normal.woff2?url';
import '@fontsource-variable/inter/wght.css';
import polarisStyles from '@shopify/polaris/build/esm/styles.css?url';
import darkStyles from './components/styles/dark.css?url';
import type { ReactNode } from 'react';
import { refusedPage, TroublePage } from './components/layout/trouble-page.tsx';
import { AppFrame, AppShell } from './components/layout/shell.tsx';
import './components/styles/theme.css';
import './components/styles/page.css';
import './components/styles/shell.css';
import './components/styles/verdict.css';
import './components/styles/incidents.css';
import './components/styles/health.css';
import './components/styles/figures.css';
import './components/styles/dead-letters.css';
import './components/styles/forms.css';
import './components/styles/fallback.css';
import './components/styles/recovery.css';
import './components/styles/report.css';
import './components/styles/waiting.css';
import './components/styles/settings.css';
import './components/styles/now.css';
import { AfterAction } from './components/forms/after-action.tsx';
import { StateIcon } from './components/layout/shell-state.tsx';
import { QuietMoves } from './components/layout/steady.tsx';
import { useChoices, useNonce } from './components/layout/browser.ts';
import { ReaderZone } from './components/time.tsx';
import { readFallbackBanner } from './features/fallback/read-fallback.server.ts';
import { readSavedFilters } from './features/access/account/own-account.server.ts';
import { noticeProxy, readPerson } from './features/access/identify.server.ts';
import { readShell } from './features/overview/read-overview.server.ts';
import type { Shell } from './features/overview/shell/shell-view.ts';
import { readChoices, type Theme } from './lib/browser-choices.ts';

export const links: LinksFunction = () => [
  { rel: 'preload', href: interLatin, as: 'font', type: 'font/woff2', crossOrigin: 'anonymous' },
  { rel: 'stylesheet', href: polarisStyles },
  { rel: 'manifest', href: '/manifest.webmanifest' },
  { rel: 'apple-touch-icon', href: '/apple-touch-icon.png' },
];

export const meta: MetaFunction = () => [{ title: 'Outage Center' }];

/**
 * Who is signed in, for the header and for which buttons to show (every other loader and action asks for itself), and
 * what stands above every page. Read again whenever the page is, so that a banner is as live as what is below it.
 */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const person = await readPerson(request, context);
  const [fallback, shell, saved] = await Promise.all([
    person && readFallbackBanner(context.services),
    person && readState(request, context),
    // Nobody is kept from a page by what makes it quicker.
    person && readSavedFilters(request, context).catch(() => null),
  ]);
  const proxy = noticeProxy(request, context);
  const mayMend = person?.permissions.includes('settings.manage');
  return json(
    {
      person,
      shell,
      fallback,
      saved,
      proxy: mayMend ? proxy : null,
      choices: readChoices(request.headers.get('Cookie')),
    },
    { headers: { 'Cache-Control': 'no-store' } },
  );
}

/** Pages that are made of the same figures bring what stands around them, so that both say the same. */
const OWN_SHELL = ['/', '/delivery'];

async function readState(request: Request, { services, intake }: AppLoadContext): Promise<Shell | null> {
  if (OWN_SHELL.includes(new URL(request.url).pathname)) return null;
  return readShell(services, intake.status(), services.db.clock.now()).catch((error: unknown) => {
    // No page is kept from people because what stands around it cannot be read.
    services.log.error({ err: error }, 'what stands around the pages could not be read');
    return null;
  });
}

/** Wherever somebody goes, what stands around the page is read again with it. */
export const shouldRevalidate = () => true;

type Data = Awaited<ReturnType<ClientLoaderFunctionArgs['serverLoader']>>;
// In the browser only: what was read last.
let last: { data: Data } | undefined;

/** While the app does not answer, pages stay as they were instead of turning into an error. */
export async function clientLoader({ serverLoader }: ClientLoaderFunctionArgs) {
  try {
    const data = await serverLoader();
    last = { data };
    return data;
  } catch (error) {
    if (last && !(error instanceof Response)) return last.data;
    throw error;
  }
}
clientLoader.hydrate = true;

const SCHEMES: Record<Theme, string> = { system: 'light dark', light: 'light', dark: 'dark' };
/** When the dark palette counts. */
const DARK_WHEN: Record<Theme, string> = {
  system: '(prefers-color-scheme: dark)',
  light: 'not all',
  dark: 'screen',
};

export function Layout({ children }: { children: ReactNode }) {
  const nonce = useNonce();
  const { theme, zone, browserZone } = useChoices();
  return (
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content={SCHEMES[theme]} />
        <Meta />
        <Links />
        <link rel="stylesheet" href={darkStyles} media={DARK_WHEN[theme]} />
        <StateIcon />
      </head>
      <body>
        <a href="#main" className="oc-skip">
          Skip to the content
        </a>
        <AppFrame>
          <ReaderZone chosen={zone} known={browserZone}>
            <AppShell>{children}</AppShell>
          </ReaderZone>
        </AppFrame>
        <AfterAction />
        <QuietMoves />
        <ScrollRestoration nonce={nonce} />
        <Scripts nonce={nonce} />
      </body>
    </html>
  );
}

export default function App() {
  return <Outlet />;
}

export function ErrorBoundary() {
  const error = useRouteError();
  if (isRouteErrorResponse(error) && error.status === 404) {
    return (
      <TroublePage
        title="There is no such page"
        sentence="The address leads nowhere; nothing is wrong with the app."
      />
    );
  }
  const refused = refusedPage(error);
  if (refused) return refused;
  return (
    <TroublePage
      title="This page could not be shown"
      sentence="Outage Center did not answer, or failed while it made this page. If you pressed a button just now, look whether it took effect before you press it again."
      retry
    />
  );
}
