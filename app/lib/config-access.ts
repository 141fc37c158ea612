import { z } from 'zod';
import { flag, http, text, url, wholeNumber } from './config-fields.ts';

/** Who is let in, and by what they are known. */
export const ACCESS_SETTINGS = {
  TRUSTED_PROXIES: wholeNumber('TRUSTED_PROXIES', 0, 0, 10),
  SESSION_SECRET: text.transform((value, ctx) => {
    if (value === undefined || value.length >= 32) return value;
    ctx.addIssue(
      'SESSION_SECRET is too short: put at least 32 random characters there, e.g. from "openssl rand -base64 32".',
    );
    return z.NEVER;
  }),
  OIDC_ISSUER: url('OIDC_ISSUER', http, 'https://login.example.com'),
  OIDC_CLIENT_ID: text,
  OIDC_CLIENT_SECRET: text,
  /** Only for a provider at which nobody can choose their e-mail address. */
  OIDC_TRUST_EMAIL: flag('OIDC_TRUST_EMAIL', false),
  /** Admins without a second factor may do what a viewer may, until they have one. */
  REQUIRE_ADMIN_SECOND_FACTOR: flag('REQUIRE_ADMIN_SECOND_FACTOR', false),
  /** /metrics without a token for whoever connects from this machine, which a proxy on it does for everybody. */
  METRICS_ALLOW_LOOPBACK: flag('METRICS_ALLOW_LOOPBACK', false),
};
