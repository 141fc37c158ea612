import { Form } from '@remix-run/react';
import { doneText } from '../../features/access/done.ts';
import { BackLink } from '../back-link.tsx';
import { Clock } from '../clock.tsx';
import { TextField } from '../dead-letters/fields.tsx';
import { PageHeader } from '../page-header.tsx';
import { Section } from '../section.tsx';
import { SubmitButton } from '../submit-button.tsx';
import { Done, Problem, ShownOnce } from './answers.tsx';
import { NewPasswordFields } from './new-password-fields.tsx';
import { SecondFactor, type SecondFactorSetup } from './second-factor.tsx';
import { SingleSignOn } from './single-sign-on.tsx';
import { Sessions, type ShownSession } from './sessions.tsx';
import { Tokens, type ShownToken } from './tokens.tsx';

export interface AccountPageProps {
  at: string;
  account: {
    name: string;
    email: string;
    role: string;
    secondFactor: boolean;
    hasPassword: boolean;
    singleSignOnSince: string | null;
    sessions: ShownSession[];
  };
  /** null: not theirs to manage. */
  tokens: { list: ShownToken[]; permissions: string[] } | null;
  done: string | null;
  result:
    | { outcome: 'token'; token: string; name: string }
    | ({ outcome: 'second_factor' } & SecondFactorSetup)
    | { outcome: 'problem'; problem: string }
    | null;
}

/** How somebody signs in, where they are signed in, and their programs' tokens. */
export function AccountPage({ at, account, tokens, done, result }: AccountPageProps) {
  return (
    <Clock at={at}>
      <div className="oc-page oc-page-narrow">
        <PageHeader />
        <main id="main" tabIndex={-1} className="oc-main">
          <BackLink to="/">Outage Center</BackLink>
          <h1 className="oc-title">{account.name}</h1>
          <p className="oc-hint">
            {account.email}, {account.role}
          </p>
          <Done text={result ? null : doneText(done)} />
          <Problem>{result?.outcome === 'problem' ? result.problem : null}</Problem>
          {result?.outcome === 'token' && (
            <ShownOnce
              label={`Token "${result.name}"`}
              value={result.token}
              hint="Copy it now: it is not shown again. Programs send it as “Authorization: Bearer …”."
            />
          )}
          <Sessions sessions={account.sessions} />
          {account.hasPassword && (
            <Section id="password" title="Password" hint="Your other sessions end when you change it.">
              <Form method="post" action="/account" className="oc-form">
                <input type="hidden" name="do" value="password" />
                <TextField
                  label="Current password"
                  name="current"
                  type="password"
                  autoComplete="current-password"
                  required
                />
                <NewPasswordFields />
                <SubmitButton>Change password</SubmitButton>
              </Form>
            </Section>
          )}
          {account.singleSignOnSince && <SingleSignOn since={account.singleSignOnSince} />}
          {account.hasPassword && (
            <SecondFactor
              on={account.secondFactor}
              setup={result?.outcome === 'second_factor' ? result : null}
            />
          )}
          {tokens && <Tokens tokens={tokens} />}
        </main>
      </div>
    </Clock>
  );
}
