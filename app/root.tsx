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
import { json, type LinksFunction, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import interLatin from '@fontsource-variable/inter/files/inter-latin-wght-normal.woff2?url';
import '@fontsource-variable/inter/wght.css';
import polarisStyles from '@shopify/polaris/build/esm/styles.css?url';
import type { ReactNode } from 'react';
import { refusedPage, TroublePage } from './components/layout/trouble-page.tsx';
import { AppFrame } from './components/layout/app-frame.tsx';
import './components/styles/theme.css';
import './components/styles/page.css';
import './components/styles/navigation.css';
import './components/styles/verdict.css';
import './components/styles/incidents.css';
import './components/styles/health.css';
import './components/styles/tiles.css';
import './components/styles/charts.css';
import './components/styles/dead-letters.css';
import './components/styles/forms.css';
import './components/styles/fallback.css';
import './components/styles/tickets.css';
import './components/styles/drill.css';
import './components/styles/recovery.css';
import './components/styles/report.css';
import './components/styles/contacts.css';
import './components/styles/waiting.css';
import './components/styles/access.css';
import './components/styles/audit.css';
import { AfterAction } from './components/forms/after-action.tsx';
import { Banners } from './components/layout/banners.tsx';
import { useNonce } from './components/layout/nonce.ts';
import { readFallbackBanner } from './features/fallback/read-fallback.server.ts';
import { noticeProxy } from './features/access/untrusted-proxy.server.ts';
import { readPerson } from './features/access/identify.server.ts';

export const links: LinksFunction = () => [
  { rel: 'preload', href: interLatin, as: 'font', type: 'font/woff2', crossOrigin: 'anonymous' },
  { rel: 'stylesheet', href: polarisStyles },
  { rel: 'icon', href: '/favicon.svg', type: 'image/svg+xml' },
];

export const meta: MetaFunction = () => [{ title: 'Outage Center' }];

/**
 * Who is signed in, for the header and for which buttons to show (every other loader and action asks for itself), and
 * what stands above every page. Read again whenever the page is, so that a banner is as live as what is below it.
 */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const person = await readPerson(request, context);
  const fallback = person && (await readFallbackBanner(context.services));
  const proxy = noticeProxy(request, context);
  const mayMend = person?.permissions.includes('settings.manage');
  return json(
    { person, fallback, proxy: mayMend ? proxy : null },
    { headers: { 'Cache-Control': 'no-store' } },
  );
}

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

export function Layout({ children }: { children: ReactNode }) {
  const nonce = useNonce();
  return (
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <Meta />
        <Links />
      </head>
      <body>
        <a href="#main" className="oc-skip">
          Skip to the content
        </a>
        <AppFrame>{children}</AppFrame>
        <AfterAction />
        <ScrollRestoration nonce={nonce} />
        <Scripts nonce={nonce} />
      </body>
    </html>
  );
}

export default function App() {
  return (
    <>
      <Banners />
      <Outlet />
    </>
  );
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
