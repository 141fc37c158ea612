import { Form } from '@remix-run/react';
import { Badge } from '@shopify/polaris';
import type { TOKEN_PERMISSIONS } from '../../../features/access/permissions.ts';
import { SelectField, TextField } from '../../forms/form-fields.tsx';
import { Section } from '../../layout/page.tsx';
import { SubmitButton } from '../../forms/post-form.tsx';
import { Moment, Time } from '../../time.tsx';

export interface ShownToken {
  id: number;
  name: string;
  permissions: string[];
  owner: string;
  createdAt: string;
  expiresAt: string;
  expired: boolean;
  lastUsedAt: string | null;
  lastUsedFrom: string | null;
}

/** How long a token may live, as the form sends it, days. */
const TOKEN_LIVES = [
  ['7', '7 days'],
  ['30', '30 days'],
  ['90', '90 days'],
  ['365', 'A year'],
] as const;

const WORDS: Record<string, string> = {
  'page.read': 'Read the state (ops:status)',
  'texts.read': 'Read message texts',
  'metrics.read': 'Read /metrics',
  'dead_letters.replay': 'Replay dead letters',
  'dead_letters.discard': 'Discard dead letters',
  'dead_letters.restore': 'Restore discarded ones',
  'health.check': 'Run the health checks',
  'incidents.respond': 'Act on incidents',
  'fallback.toggle': 'Switch fallback mode',
  'reconcile.run': 'Compare with Chatwoot',
  'audit.read': 'Read the audit log',
} satisfies Record<(typeof TOKEN_PERMISSIONS)[number], string>;

/** What programs sign in with. */
export function Tokens({
  tokens: { list, permissions },
}: {
  tokens: { list: ShownToken[]; permissions: string[] };
}) {
  return (
    <Section
      id="tokens"
      title="API tokens"
      hint="For programs and the ops commands. A token may never do more than its owner, and ends with its owner's account."
    >
      {list.length > 0 && (
        <ul className="oc-people">
          {list.map((token) => (
            <li key={token.id}>
              <div>
                <b>{token.name}</b> {token.expired && <Badge tone="warning">Expired</Badge>}
                <small>
                  {token.permissions.map((permission) => WORDS[permission] ?? permission).join(', ')}
                </small>
                <small>
                  of {token.owner}, made <Time at={token.createdAt} />, {token.expired ? 'ended' : 'ends'}{' '}
                  <Moment at={token.expiresAt} />,{' '}
                  {token.lastUsedAt ? (
                    <>
                      used <Time at={token.lastUsedAt} /> from {token.lastUsedFrom ?? 'unknown address'}
                    </>
                  ) : (
                    'never used'
                  )}
                </small>
              </div>
              <Form method="post" action="/account">
                <input type="hidden" name="do" value="token-revoke" />
                <input type="hidden" name="token" value={token.id} />
                <SubmitButton size="slim" aria-label={`Revoke the token ${token.name}`}>
                  Revoke
                </SubmitButton>
              </Form>
            </li>
          ))}
        </ul>
      )}
      <Form method="post" action="/account" className="oc-form">
        <input type="hidden" name="do" value="token-create" />
        <TextField
          label="What is the new token for?"
          name="name"
          maxLength={100}
          autoComplete="off"
          required
        />
        <SelectField label="It ends after" name="days" defaultValue="90">
          {TOKEN_LIVES.map(([days, words]) => (
            <option key={days} value={days}>
              {words}
            </option>
          ))}
        </SelectField>
        <fieldset className="oc-fieldset">
          <legend>It may</legend>
          {permissions.map((permission) => (
            <label key={permission} className="oc-check">
              <input type="checkbox" name="permission" value={permission} />
              <span>{WORDS[permission] ?? permission}</span>
            </label>
          ))}
        </fieldset>
        <SubmitButton>Make a token</SubmitButton>
      </Form>
    </Section>
  );
}
