import { Form } from '@remix-run/react';
import type { ReactNode } from 'react';
import { SHORTEST_PASSWORD } from '../../features/access/people/person-input.ts';
import { Problem, TextField } from '../forms/form-fields.tsx';
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

export interface LinkFormProps {
  /** null: the link is used, expired or was never made. */
  link: { kind: 'setup' | 'recovery' | 'invite' | 'reset'; email: string | null; role: string | null } | null;
  problem: string | null;
}

const TITLES = {
  setup: 'Set up the first admin',
  recovery: 'Set up an admin',
  invite: 'Join the Outage Center',
  reset: 'Choose a new password',
};

/** What a one-time link opens: who you are, and with what you will sign in. */
export function LinkForm({ link, problem }: LinkFormProps) {
  if (!link) {
    return (
      <AccessPage title="This link does not work any more" problem={problem}>
        <p>
          It was used, has expired, or was withdrawn. Whoever sent it can make a new one on the page “People”;
          on the app’s own machine <code>npm run ops:setup-link</code> prints one.
        </p>
        <p>
          <a className="oc-link" href="/sign-in">
            Sign in
          </a>
        </p>
      </AccessPage>
    );
  }
  const joins = link.kind !== 'reset';
  return (
    <AccessPage title={TITLES[link.kind]} problem={problem}>
      {link.email && (
        <p className="oc-hint">
          You will sign in as {link.email}
          {joins && link.role && `, with the role ${link.role}`}.
          {!joins && ' Other sessions end, and a second factor is turned off.'}
        </p>
      )}
      <Form method="post" className="oc-form">
        {joins && <TextField label="Your name" name="name" autoComplete="name" maxLength={100} required />}
        {link.email === null && (
          <TextField label="E-mail address" name="email" type="email" autoComplete="username" required />
        )}
        <NewPasswordFields />
        <SubmitButton look="primary" size="large">
          {joins ? 'Create my account' : 'Set the password'}
        </SubmitButton>
      </Form>
    </AccessPage>
  );
}

/** The new password, and once more, because nobody sees what they type. */
export function NewPasswordFields() {
  return (
    <>
      <TextField
        label="Password"
        hint={`At least ${SHORTEST_PASSWORD} characters. A few words that nobody connects with you are best.`}
        name="password"
        type="password"
        autoComplete="new-password"
        minLength={SHORTEST_PASSWORD}
        required
      />
      <TextField label="Password again" name="again" type="password" autoComplete="new-password" required />
    </>
  );
}
