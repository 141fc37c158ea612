import { Form } from '@remix-run/react';
import { Badge } from '@shopify/polaris';
import { formatUtc } from '../format.ts';
import { Section } from '../section.tsx';
import { SubmitButton } from '../submit-button.tsx';
import { Time } from '../time.tsx';

export interface ShownSession {
  id: string;
  current: boolean;
  startedAt: string;
  expiresAt: string;
  address: string | null;
  browser: string | null;
}

/** Where somebody is signed in, each to be ended. */
export function Sessions({ sessions }: { sessions: ShownSession[] }) {
  return (
    <Section id="sessions" title="Where you are signed in">
      <ul className="oc-people">
        {sessions.map(({ id, current, startedAt, expiresAt, address, browser }) => (
          <li key={id}>
            <div>
              <b>{address || 'Unknown address'}</b> {current && <Badge tone="success">This session</Badge>}
              <small>
                since <Time at={startedAt} />, ends by itself {formatUtc(expiresAt)}
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
