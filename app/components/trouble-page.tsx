import { useEffect } from 'react';
import { PageHeader } from './page-header.tsx';

interface TroublePageProps {
  title: string;
  sentence: string;
  /** Looks every 3 s whether the app answers again, and then reloads. */
  retry?: boolean;
  /** Offers the way to sign in. */
  signIn?: boolean;
}

const RETRY_MS = 3000;
/** When the app answers but this page fails, reloading at once would only go round in circles. */
const PATIENCE_MS = 30_000;

/** A page that says what is wrong and what to do, when there is nothing else to show. */
export function TroublePage({ title, sentence, retry = false, signIn = false }: TroublePageProps) {
  useEffect(() => {
    if (!retry) return;
    const began = Date.now();
    let away = false;
    const timer = setInterval(() => {
      fetch('/healthz', { cache: 'no-store' }).then(
        (answer) => {
          if (answer.ok && (away || Date.now() - began > PATIENCE_MS)) window.location.reload();
          away ||= !answer.ok;
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
      <main>
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
