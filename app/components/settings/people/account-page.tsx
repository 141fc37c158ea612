import { Form } from '@remix-run/react';
import { Badge } from '@shopify/polaris';
import { doneText } from '../../../features/access/access-words.ts';
import { Done, Problem, ShownOnce, TextField } from '../../forms/form-fields.tsx';
import { SubmitButton } from '../../forms/post-form.tsx';
import { BackLink, Page, Section } from '../../layout/page.tsx';
import { NewPasswordFields } from '../../sign-in/sign-in-form.tsx';
import { Moment, Time } from '../../time.tsx';
import { CallMe, ThisBrowser } from './this-browser.tsx';
import type { DeviceResult, DeviceView } from '../../../features/notify/channels/push/device-view.ts';
import { Devices } from './devices.tsx';
import { SecondFactor, type SecondFactorSetup } from './second-factor.tsx';
import { type ShownToken, Tokens } from './tokens.tsx';

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
  devices: DeviceView[];
  pushKey: { publicKey: string | null; mayReplace: boolean };
  done: string | null;
  result:
    | { outcome: 'token'; token: string; name: string }
    | ({ outcome: 'second_factor' } & SecondFactorSetup)
    | { outcome: 'problem'; problem: string }
    | DeviceResult
    | null;
}

/** How somebody signs in, where they are signed in, and their programs' tokens. */
export function AccountPage({ at, account, tokens, devices, pushKey, done, result }: AccountPageProps) {
  return (
    <Page at={at} narrow>
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
      <ThisBrowser />
      <CallMe />
      <Devices devices={devices} pushKey={pushKey} result={result} />
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
        <SecondFactor on={account.secondFactor} setup={result?.outcome === 'second_factor' ? result : null} />
      )}
      {tokens && <Tokens tokens={tokens} />}
    </Page>
  );
}

interface ShownSession {
  id: string;
  current: boolean;
  startedAt: string;
  expiresAt: string;
  address: string | null;
  browser: string | null;
}

/** Where somebody is signed in, each to be ended. */
function Sessions({ sessions }: { sessions: ShownSession[] }) {
  return (
    <Section id="sessions" title="Where you are signed in">
      <ul className="oc-people">
        {sessions.map(({ id, current, startedAt, expiresAt, address, browser }) => (
          <li key={id}>
            <div>
              <b>{address || 'Unknown address'}</b> {current && <Badge tone="success">This session</Badge>}
              <small>
                since <Time at={startedAt} />, ends by itself <Moment at={expiresAt} />
              </small>
              <small>{browser || 'Unknown browser'}</small>
            </div>
            <Form method="post" action="/account">
              <input type="hidden" name="do" value="end-session" />
              <input type="hidden" name="session" value={id} />
              <SubmitButton
                size="slim"
                aria-label={
                  current ? 'End this session' : `End the session from ${address ?? 'unknown address'}`
                }
              >
                End
              </SubmitButton>
            </Form>
          </li>
        ))}
      </ul>
      <Form method="post" action="/account">
        <input type="hidden" name="do" value="sign-out-everywhere" />
        <SubmitButton>Sign out everywhere</SubmitButton>
      </Form>
    </Section>
  );
}

/** The account at the identity provider that signs in as this person. */
function SingleSignOn({ since }: { since: string }) {
  return (
    <Section
      id="single-sign-on"
      title="Single sign-on"
      hint="An account at your identity provider signs in as you. Remove it when it is not yours: your other sessions end with it."
    >
      <p>
        Linked <Time at={since} />.
      </p>
      <Form method="post" action="/account">
        <input type="hidden" name="do" value="unlink" />
        <SubmitButton>Unlink single sign-on</SubmitButton>
      </Form>
    </Section>
  );
}
