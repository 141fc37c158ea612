import { Form } from '@remix-run/react';
import { Section } from '../section.tsx';
import { SubmitButton } from '../submit-button.tsx';
import { Time } from '../time.tsx';

/** The account at the identity provider that signs in as this person. */
export function SingleSignOn({ since }: { since: string }) {
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
