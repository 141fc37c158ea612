import { Form } from '@remix-run/react';
import type { ReactNode } from 'react';
import { TextField } from '../forms/form-fields.tsx';
import { Problem } from '../forms/form-outcome.tsx';
import { SubmitButton } from '../forms/post-form.tsx';

export interface SignInFormProps {
  returnTo: string;
  /** Why, and what to do about it. */
  databaseAway: { sentence: string; cure: string } | null;
  nobodyYet: boolean;
  /** Whether this is the demo, and whoever looks sits at its machine. */
  demo: 'here' | 'elsewhere' | null;
  hasOidc: boolean;
  oidcFailed: boolean;
  problem: string | null;
}

export function SignInForm(props: SignInFormProps) {
  const { returnTo, databaseAway, nobodyYet, demo, hasOidc, oidcFailed, problem } = props;
  if (databaseAway) {
    return (
      <AccessPage title="The database does not answer">
        <p>
          {databaseAway.sentence} {databaseAway.cure}
        </p>
        <p>
          So nobody can be recognised, and nobody can sign in until it is back. Webhooks from Chatwoot are
          taken all the same and kept on disk. <a href="/readyz">What is missing?</a>
        </p>
      </AccessPage>
    );
  }
  const failed = oidcFailed
    ? 'Single sign-on did not work. It lets in only people whose e-mail address was invited here.'
    : null;
  const query = returnTo === '/' ? '' : `?${new URLSearchParams({ returnTo }).toString()}`;
  return (
    <AccessPage title="Sign in" problem={problem ?? failed}>
      {demo === 'here' && (
        <p>
          This is the demo. <a href="/sign-in">Sign in as its admin</a>: on this machine no password is
          needed.
        </p>
      )}
      {demo === 'elsewhere' && (
        <p>
          This is the demo. Open the address with /demo/ in it that its terminal printed: it signs you in as
          its admin.
        </p>
      )}
      {nobodyYet && !demo && (
        <p>
          Nobody is set up yet. Open the link that the app printed when it started, or print a new one on its
          machine: <code>npm run ops:setup-link</code>
        </p>
      )}
      <Form method="post" action={`/sign-in${query}`} className="oc-form">
        <input type="hidden" name="returnTo" value={returnTo} />
        <TextField label="E-mail address" name="email" type="email" autoComplete="username" required />
        <TextField
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          maxLength={128}
          required
        />
        <SubmitButton look="primary" size="large">
          Sign in
        </SubmitButton>
      </Form>
      {hasOidc && (
        <p className="oc-row">
          <a className="oc-link" href={`/sign-in/oidc${query}`}>
            Sign in with single sign-on
          </a>
        </p>
      )}
    </AccessPage>
  );
}

interface AccessPageProps {
  title: string;
  /** What went wrong with the form that was just sent, in a sentence. */
  problem?: string | null;
  children: ReactNode;
}

/** A page with one form in the middle: sign in, accept a link. */
export function AccessPage({ title, problem, children }: AccessPageProps) {
  return (
    <div className="oc-page oc-page-form">
      <main id="main" tabIndex={-1} className="oc-main">
        <section className="oc-card">
          <div className="oc-card-head">
            <h1>{title}</h1>
          </div>
          <Problem>{problem}</Problem>
          {children}
        </section>
      </main>
    </div>
  );
}
