import { Form } from '@remix-run/react';
import { Moment } from '../../time.tsx';
import { Section } from '../../layout/page.tsx';
import { SubmitButton } from '../../forms/post-form.tsx';

export interface ShownLink {
  id: number;
  kind: 'setup' | 'recovery' | 'invite' | 'reset';
  email: string | null;
  name: string | null;
  role: string | null;
  maker: string;
  expiresAt: string;
}

/** Every link with which somebody can get in, with who made it: one that nobody expects is withdrawn here. */
export function OpenLinks({ links }: { links: ShownLink[] }) {
  return (
    <Section
      id="links"
      title="Open links"
      hint="Whoever has such a link gets in with it, once. A link ends with the role of who made it."
    >
      <ul className="oc-people">
        {links.map((link) => (
          <li key={link.id}>
            <div>
              <b>{whatFor(link)}</b>
              <small>
                {link.email && `${link.email}, `}made by {link.maker}, works until{' '}
                <Moment at={link.expiresAt} />
              </small>
            </div>
            <Form method="post" action="/people">
              <input type="hidden" name="do" value="withdraw" />
              <input type="hidden" name="invitation" value={link.id} />
              <SubmitButton size="slim" aria-label={`Withdraw: ${whatFor(link)}`}>
                Withdraw
              </SubmitButton>
            </Form>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function whatFor({ kind, email, name, role }: ShownLink): string {
  switch (kind) {
    case 'invite':
      return `Invitation of ${email} as ${role}`;
    case 'reset':
      return `New password for ${name}`;
    case 'setup':
    case 'recovery':
      return 'Set-up of an admin';
  }
}
