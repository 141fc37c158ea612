import ms from 'ms';
import { z } from 'zod';
import { serversOf } from '../database/database-address.ts';

/** Kinds of settings, each with its default and the sentence a person reads when it is wrong. */
export const wholeNumber = (name: string, fallback: number, min: number, max: number) =>
  z
    .string()
    .optional()
    .transform((text, ctx) => {
      if (text === undefined || text === '') return fallback;
      const n = Number(text);
      if (Number.isInteger(n) && n >= min && n <= max) return n;
      ctx.addIssue(
        `${name} is "${text}": put a whole number from ${min} to ${max} there (default ${fallback}).`,
      );
      return z.NEVER;
    });

export const decimal = (name: string, fallback: number, min: number, max: number) =>
  z
    .string()
    .optional()
    .transform((text, ctx) => {
      if (text === undefined || text === '') return fallback;
      const n = Number(text);
      if (Number.isFinite(n) && n >= min && n <= max) return n;
      ctx.addIssue(`${name} is "${text}": put a number from ${min} to ${max} there (default ${fallback}).`);
      return z.NEVER;
    });

export const flag = (name: string, fallback: boolean) =>
  z
    .string()
    .optional()
    .transform((text, ctx) => {
      if (text === undefined || text === '') return fallback;
      if (text === 'true' || text === 'false') return text === 'true';
      ctx.addIssue(`${name} is "${text}": put true or false there (default ${fallback}).`);
      return z.NEVER;
    });

export const text = z
  .string()
  .optional()
  .transform((value) => value?.trim() || undefined);

export const list = text.transform((value) =>
  (value ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);

export const url = (name: string, protocols: string[], example: string) =>
  text.transform((value, ctx) => {
    if (value === undefined) return undefined;
    if (URL.canParse(value) && protocols.includes(new URL(value).protocol)) return value.replace(/\/+$/, '');
    ctx.addIssue(`${name} is not a URL this app can use: put something like ${example} there.`);
    return z.NEVER;
  });

/** Of PostgreSQL, several servers included. */
export const databaseUrl = (name: string) =>
  text.transform((value, ctx) => {
    if (value === undefined) return undefined;
    const address = value.replace(/\/+$/, '');
    if (serversOf(address)) return address;
    ctx.addIssue(
      `${name} is not a URL this app can use: put something like postgresql://user:password@db.example.com:5432/outage there.`,
    );
    return z.NEVER;
  });

export const http = ['http:', 'https:'];

/** A duration such as `5m`, `30s` or `500ms`, as whole milliseconds. */
export const duration = (name: string, fallback: string, min: string, max: string) =>
  text.transform((value, ctx) => {
    const isDuration = value === undefined || /^\d+(\.\d+)? ?(ms|s|m|h|d)$/.test(value);
    const length = isDuration ? Math.round(ms((value ?? fallback) as ms.StringValue)) : NaN;
    if (length >= ms(min as ms.StringValue) && length <= ms(max as ms.StringValue)) return length;
    ctx.addIssue(
      `${name} is "${value}": put a duration such as ${fallback} there, from ${min} to ${max} (default ${fallback}).`,
    );
    return z.NEVER;
  });

/** A Standard Webhooks secret: `whsec_` and base64. */
export const signingSecret = (name: string) =>
  text.transform((value, ctx) => {
    if (value === undefined || isSigningSecret(value)) return value;
    ctx.addIssue(
      `${name} is not a Standard Webhooks secret: put whsec_ and at least 16 bytes in base64 there.`,
    );
    return z.NEVER;
  });

/** Whether a text can sign by Standard Webhooks: at least 16 bytes in base64, with or without `whsec_` before them. */
export function isSigningSecret(value: string): boolean {
  return Buffer.from(value.replace(/^whsec_/, ''), 'base64').length >= 16;
}
