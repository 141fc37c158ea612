import { isRouteErrorResponse, useParams, useRevalidator, useRouteError } from '@remix-run/react';
import { type ReactNode, useEffect, useRef } from 'react';

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

interface EntryTroubleProps {
  /** What the address names by its number, e.g. "incident". */
  noun: string;
  /** Said after "The number may be mistyped." */
  kept?: string;
  title: string;
  /** Said after "The database does not answer, or something failed." */
  effect: string;
}

/** What the page of one entry shows instead of it: that it was refused, is not there, or cannot be read now. */
export function EntryTrouble({ noun, kept, title, effect }: EntryTroubleProps) {
  const error = useRouteError();
  const { id = '' } = useParams();
  const refused = refusedPage(error);
  if (refused) return refused;
  if (isRouteErrorResponse(error) && error.status === 404)
    return (
      <TroublePage
        title={`There is no ${noun} ${id}`}
        sentence={['The number may be mistyped.', kept].filter(Boolean).join(' ')}
      />
    );
  return (
    <TroublePage
      title={title}
      sentence={`The database does not answer, or something failed. ${effect}`}
      retry
    />
  );
}

/** What a page shows instead of itself when the server refused; null for any other trouble. */
export function refusedPage(error: unknown): ReactNode {
  if (!isRouteErrorResponse(error)) return null;
  if (error.status === 401)
    return (
      <TroublePage title="You are signed out" sentence="Sign in again, then repeat what you did." signIn />
    );
  const { title, detail, code } = problemOf(error.data);
  if (code === 'second_factor_needed' && title && detail)
    return <TroublePage title={title} sentence={detail} />;
  if (error.status === 403)
    return (
      <TroublePage
        title="Your role does not allow this"
        sentence="Nothing was changed. An admin can change your role on the page People."
      />
    );
  if (error.status === 405)
    return (
      <TroublePage title="Nothing was done" sentence="This page takes no form. Open it and try again." />
    );
  return title && detail ? <TroublePage title={title} sentence={detail} /> : null;
}

/** Problem details, which arrive as a text. */
function problemOf(data: unknown): { title?: string; detail?: string; code?: string } {
  try {
    return (JSON.parse(String(data)) as object | null) ?? {};
  } catch {
    return {};
  }
}
