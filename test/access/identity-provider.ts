import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

export interface IdentityProvider {
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** Who is at the keyboard of the identity provider from now on. */
  signedInAs(person: Identity): void;
  stop(): Promise<void>;
}

/** What the provider says of somebody; without `sub` their e-mail address is their subject. */
interface Identity {
  email: string;
  name: string;
  sub?: string;
  email_verified?: unknown;
}

/** A real OpenID Connect provider at which somebody is signed in already and agrees to everything. */
export async function startIdentityProvider(appUrl: string): Promise<IdentityProvider> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clientId = 'outage-center';
  const clientSecret = 'a secret between the two of them';
  const people = new Map<string, Identity>();
  let current = '';
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [`${appUrl}/sign-in/callback/oidc`],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    cookies: { keys: ['for this test only'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    findAccount: (_ctx, id) => ({
      accountId: id,
      claims: () => ({ email_verified: true, ...people.get(id), sub: id }),
    }),
    async loadExistingGrant(ctx) {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client!.clientId,
        accountId: ctx.oidc.session!.accountId!,
      });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  server.on('request', (request, response) => {
    if (!request.url!.startsWith('/interaction/')) return void answer(request, response);
    void provider.interactionFinished(request, response, { login: { accountId: current, remember: false } });
  });
  return {
    issuer,
    clientId,
    clientSecret,
    signedInAs(person) {
      current = person.sub ?? person.email;
      people.set(current, person);
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
