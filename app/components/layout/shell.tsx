import { useRevalidator } from '@remix-run/react';
import { type MutableRefObject, type ReactNode, useEffect, useRef } from 'react';
import type { Shell } from '../../features/overview/shell/shell-view.ts';
import { Clock } from '../time.tsx';
import { Banners } from './banners.tsx';
import { Brand } from './brand.tsx';
import { useCalls, wantsCalls } from './call-me.ts';
import { LIMITS, useLive } from './live.ts';
import { Navigation } from './navigation.tsx';
import { retitled } from './page-title.ts';
import { type Person, usePerson } from './person.tsx';
import { iconOf, ShellProvider, useNewestShell } from './shell-state.tsx';
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
