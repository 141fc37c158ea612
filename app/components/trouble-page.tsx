import { useRevalidator } from '@remix-run/react';
import { useEffect, useRef } from 'react';
import { PageHeader } from './page-header.tsx';

interface TroublePageProps {
  title: string;
  sentence: string;
  /** Tries every 3 s to read what should stand here; reloads the page when the app itself was away. */
  retry?: boolean;
  /** Offers the way to sign in. */
  signIn?: boolean;
}

const RETRY_MS = 3000;
/** The first looks only look: what the page says must be readable before another one comes over it. */
const LOOKS_BEFORE_READING = 3;

/** A page that says what is wrong and what to do, when there is nothing else to show. */
export function TroublePage({ title, sentence, retry = false, signIn = false }: TroublePageProps) {
  const revalidator = useRevalidator();
  const latest = useRef(revalidator);
  latest.current = revalidator;
  useEffect(() => {
    if (!retry) return;
    let looks = 0;
    let away = false;
    const timer = setInterval(() => {
      looks++;
      fetch('/healthz', { cache: 'no-store' }).then(
        (answer) => {
          if (!answer.ok) away = true;
          else if (away) window.location.reload();
          else if (looks >= LOOKS_BEFORE_READING && latest.current.state === 'idle')
            latest.current.revalidate();
        },
        () => {
          away = true;
        },
      );
    }, RETRY_MS);
    return () => clearInterval(timer);
  }, [retry]);
  return (
    <div className="oc-page">
      <PageHeader />
      <main id="main" tabIndex={-1}>
        <section className="oc-card oc-trouble">
          <h1>{title}</h1>
          <p>{sentence}</p>
          {retry && (
            <p className="oc-hint">
              Webhooks that were acknowledged are safe on disk whatever this page says.
              <span className="oc-js"> This page tries again by itself.</span>
            </p>
          )}
          <p className="oc-row">
            {signIn && (
              <a className="oc-link" href="/sign-in">
                Sign in
              </a>
            )}
            <a className="oc-link" href="/">
              Open the Outage Center
            </a>
            {retry && (
              <a className="oc-link" href="/readyz">
                Is the app ready?
              </a>
            )}
          </p>
        </section>
      </main>
    </div>
  );
}
