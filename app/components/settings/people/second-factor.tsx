import { Form } from '@remix-run/react';
import { ShownOnce, TextField } from '../../forms/form-fields.tsx';
import { Section } from '../../layout/page.tsx';
import { SubmitButton } from '../../forms/post-form.tsx';

export interface SecondFactorSetup {
  uri: string;
  /** The same as a QR code, a data URL. */
  picture: string;
  secret: string;
  backupCodes: string[];
}

/** Codes of an authenticator app, asked for after the password. */
export function SecondFactor({ on, setup }: { on: boolean; setup: SecondFactorSetup | null }) {
  return (
    <Section
      id="second-factor"
      title="Second factor"
      hint={
        on
          ? 'On: each sign-in asks for a code of your authenticator app.'
          : 'Off. With it on, a stolen password alone does not let anybody in.'
      }
    >
      {setup ? (
        <Setup setup={setup} />
      ) : (
        <Form method="post" action="/account" className="oc-form">
          <input type="hidden" name="do" value={on ? 'second-factor-off' : 'second-factor-begin'} />
          <TextField
            label="Your password"
            name="password"
            type="password"
            autoComplete="current-password"
            required
          />
          <SubmitButton>{on ? 'Turn it off' : 'Turn it on…'}</SubmitButton>
        </Form>
      )}
    </Section>
  );
}

function Setup({ setup: { uri, picture, secret, backupCodes } }: { setup: SecondFactorSetup }) {
  return (
    <>
      <ol className="oc-list">
        <li>
          Scan this code with your authenticator app, <a href={uri}>open your authenticator app</a> on this
          device, or type the key below into it:
        </li>
      </ol>
      <img src={picture} width="220" height="220" alt="QR code of the key below" />
      <ShownOnce label="Key" value={secret} hint="Time-based, 6 digits, 30 s, SHA-1." />
      <p>Keep these backup codes where you keep passwords. Each works once, instead of the app:</p>
      <ul className="oc-codes">
        {backupCodes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <Form method="post" action="/account" className="oc-form">
        <input type="hidden" name="do" value="second-factor-confirm" />
        <TextField
          label="Code that the app shows now"
          name="code"
          inputMode="numeric"
          autoComplete="one-time-code"
          maxLength={8}
          required
        />
        <SubmitButton look="primary">Turn it on</SubmitButton>
      </Form>
    </>
  );
}
