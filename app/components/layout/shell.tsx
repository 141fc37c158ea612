import { Link, Link as RemixLink, useLocation, useRevalidator, useRouteLoaderData } from '@remix-run/react';
import { AppProvider } from '@shopify/polaris';
import en from '@shopify/polaris/locales/en.json';
import { type AnchorHTMLAttributes, type MutableRefObject, type ReactNode, useEffect, useRef } from 'react';
import type { FallbackState } from '../../features/fallback/fallback-view.ts';
import type { Shell } from '../../features/overview/shell/shell-view.ts';
import { Clock, Moment } from '../time.tsx';
import { ToneIcon } from '../tone.tsx';
import { Brand, Navigation } from './navigation.tsx';
import { useCalls, wantsCalls } from './browser.ts';
import { LIMITS, useLive } from './live.ts';
import { leadsElsewhere } from './next-step.tsx';
import { iconOf, retitled, ShellProvider, useNewestShell } from './shell-state.tsx';
import { type Person, usePerson } from './person.tsx';
import { StatusStrip } from './status-strip.tsx';

/** What is around every page: the way to the others, and the state of customer support. */
export function AppShell({ children }: { children: ReactNode }) {
  const person = usePerson();
  if (person) return <Around person={person}>{children}</Around>;
  return (
    <>
      <header className="oc-header">
        <Brand />
      </header>
      {children}
    </>
  );
}

function Around({ person, children }: { person: Person; children: ReactNode }) {
  const { shell, readAgain } = useNewestShell();
  const missed = useRef(false);
  const live = useLive(
    '/events',
    LIMITS,
    () => {
      const hidden = document.visibilityState === 'hidden';
      if (!hidden && document.querySelector('main[data-live]')) return false;
      missed.current ||= hidden;
      readAgain();
      return true;
    },
    // Whoever wants to be called is, by tabs that nobody looks at.
    wantsCalls,
  );
  useTab(shell, readAgain);
  useCatchUp(missed);
  useCalls(shell);
  return (
    <ShellProvider shell={shell}>
      <Clock at={shell?.at ?? new Date(0).toISOString()}>
        <div className="oc-shell">
          <Navigation person={person} />
          <div className="oc-stage">
            <StatusStrip shell={shell} live={live} />
            <Banners />
            {children}
          </div>
        </div>
      </Clock>
    </ShellProvider>
  );
}

/** A tab that followed the stream while nobody looked reads its page when somebody does. */
function useCatchUp(missed: MutableRefObject<boolean>): void {
  const { revalidate } = useRevalidator();
  useEffect(() => {
    const look = () => {
      if (document.visibilityState !== 'visible' || !missed.current) return;
      missed.current = false;
      if (document.querySelector('main[data-live]')) revalidate();
    };
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, [missed, revalidate]);
}

/** A tab that nobody looks at follows no stream; its title and icon are to call people all the same, ms. */
const HIDDEN_READ_MS = 30_000;

/** Keeps the tab's title true while only what is around the page is read again, and while the tab is hidden. */
function useTab(shell: Shell | null, readAgain: () => void): void {
  useEffect(() => {
    if (!shell) return;
    document.title = retitled(document.title, shell);
    document.getElementById('state-icon')?.setAttribute('href', iconOf(shell.tone));
  }, [shell]);
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'hidden') readAgain();
    }, HIDDEN_READ_MS);
    return () => clearInterval(timer);
  }, [readAgain]);
}

type LinkProps = AnchorHTMLAttributes<HTMLAnchorElement> & { url: string; external?: boolean };

/** Lets Polaris' links and buttons navigate without reloading the page. */
function PolarisLink({ url, external, children, ...rest }: LinkProps) {
  if (external || url.startsWith('#')) {
    return (
      <a href={url} {...rest}>
        {children}
      </a>
    );
  }
  return (
    <RemixLink to={url} {...rest}>
      {children}
    </RemixLink>
  );
}

export function AppFrame({ children }: { children: ReactNode }) {
  return (
    <AppProvider i18n={en} linkComponent={PolarisLink}>
      {children}
    </AppProvider>
  );
}

/** What stands above every page while it lasts: fallback mode, what is wrong with access. */
function Banners() {
  return (
    <div className="oc-banners">
      <AccessBanners />
      <FallbackBanner />
    </div>
  );
}

/** Above every page: what somebody has to do before their role counts, and what is wrong with how people reach the app. */
function AccessBanners() {
  const person = usePerson();
  const proxy = useRouteLoaderData<{ proxy?: string | null }>('root')?.proxy;
  return (
    <>
      {person?.needsSecondFactor && (
        <div className="oc-banner oc-band-warning" role="region" aria-label="Second factor">
          <ToneIcon tone="warning" />
          <p>
            <strong>Turn on your second factor.</strong> Admins need one here; until then you may do what a
            viewer may.
          </p>
          <Link to="/account#second-factor">Turn it on</Link>
        </div>
      )}
      {proxy && (
        <div className="oc-banner oc-band-warning" role="region" aria-label="Proxy">
          <ToneIcon tone="warning" />
          <p>{proxy}</p>
        </div>
      )}
    </>
  );
}

/** Above every page while fallback mode is on. */
function FallbackBanner() {
  const data = useRouteLoaderData<{ fallback?: FallbackState | null }>('root');
  const leadsOn = leadsElsewhere('/fallback', useLocation());
  const fallback = data?.fallback;
  if (fallback?.state !== 'on') return null;
  return (
    <div className="oc-banner oc-band-warning" role="region" aria-label="Fallback mode">
      <ToneIcon tone="warning" />
      <p>
        <strong>Fallback mode is on: answer by hand.</strong>{' '}
        <span className="oc-banner-more">
          AI drafts wait
          {fallback.since && (
            <>
              , since <Moment at={fallback.since} form="minute" />
            </>
          )}
          {fallback.by && <>, by {fallback.by}</>}.
        </span>
      </p>
      {leadsOn && <Link to="/fallback">See what to do</Link>}
    </div>
  );
}
