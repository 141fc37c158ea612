import './dom.ts';
import { render, type RenderResult } from '@testing-library/react';
import type { ReactNode } from 'react';
import { renderToString } from 'react-dom/server';
// The router that @remix-run/react is made of, at the version that it pins.
import { createMemoryRouter, RouterProvider, type ActionFunction } from 'react-router-dom';
import { AppFrame } from '../../app/components/layout/shell.tsx';
import { Clock } from '../../app/components/time.tsx';
import { permissionsOf } from '../../app/features/access/permissions.ts';
import type { Shell } from '../../app/features/overview/shell/shell-view.ts';
import type { Role } from '../../app/features/audit/actor.ts';
import { ago, AT } from './moment.ts';

export { AT, ago };

interface PageOptions {
  /** Path and query that the page is at. */
  url?: string;
  /** What stands around the page. */
  shell?: Shell | null;
  /** Role of whoever is signed in. */
  role?: Role;
  /** Takes every form that is posted. */
  action?: ActionFunction;
  /** Called when the page's data is read. */
  loader?: () => unknown;
}

function tree(children: ReactNode, { url = '/', role = 'admin', action, loader, shell = null }: PageOptions) {
  const element = (
    <AppFrame>
      <Clock at={AT}>{children}</Clock>
    </AppFrame>
  );
  const root = { shell, person: { name: 'Nora', role, permissions: permissionsOf(role) } };
  const router = createMemoryRouter(
    [
      {
        id: 'root',
        loader: () => root,
        shouldRevalidate: () => false,
        children: [
          { path: '/', id: 'page', element, loader: loader && (() => loader() ?? null) },
          { path: '*', element, action },
        ],
      },
    ],
    { initialEntries: [url], hydrationData: { loaderData: { root, page: null } } },
  );
  return { router, app: <RouterProvider router={router} future={{ v7_startTransition: true }} /> };
}

/** Renders a piece of the page at a URL, with the router, the frame and the clock around it. */
export function renderPage(
  children: ReactNode,
  options: PageOptions = {},
): RenderResult & { path(): string } {
  const { router, app } = tree(children, options);
  const path = () =>
    `${router.state.location.pathname}${router.state.location.search}${router.state.location.hash}`;
  return { ...render(app), path };
}

/** The same as the server sends it: what a browser without JavaScript has. */
export function documentOf(children: ReactNode, options: PageOptions = {}): Document {
  const { error } = console;
  // A server has no window, so Polaris asks for no layout effects there; here it sees jsdom's.
  console.error = (...words: unknown[]) => {
    if (!String(words[0]).includes('useLayoutEffect does nothing on the server')) error(...words);
  };
  try {
    return new DOMParser().parseFromString(renderToString(tree(children, options).app), 'text/html');
  } finally {
    console.error = error;
  }
}
