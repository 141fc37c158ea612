import { z } from 'zod';
import { type FieldsSchema, isRepeated } from '../../lib/http/form-fields.ts';
import { VERSION } from '../../lib/version.server.ts';
import { PROBLEM } from './answers.server.ts';
import { type Operation, OPERATIONS } from './operations.server.ts';

type Json = Record<string, unknown>;

const ABOUT = `What a program may ask of Outage Center.

Send an API token (page "Account", "API tokens") as "Authorization: Bearer …". It has the rights that it was given, as far as its owner still has them.
Actions take a form (application/x-www-form-urlencoded) and answer JSON to "Accept: application/json". Times are ISO 8601 in UTC. Answers may get further fields.
Whatever is refused is answered as application/problem+json (RFC 9457) with a sentence in "detail" and its kind in "code".
An action that is sent with an Idempotency-Key is done once: within 24 hours the same request under the same key gets the first answer again.`;

/** JSON Schema 2020-12, which is what OpenAPI 3.1 uses; further fields of an answer are no fault. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, reused: 'inline' }) as Json;
  return io === 'input' ? rest : open(rest);
}

/** The same, allowing what a later version adds. */
function open<T>(value: T): T {
  if (Array.isArray(value)) return value.map(open) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key, one]) => !(key === 'additionalProperties' && one === false),
  );
  return Object.fromEntries(entries.map(([key, one]) => [key, open(one)])) as T;
}

const problem = (description: string): Json => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});

const PROBLEMS: Record<number, string> = {
  400: 'Not understood: "detail" says which field.',
  401: 'No token, or an unknown one.',
  403: 'The token has not the right for it.',
  404: 'There is no such thing.',
  409: 'It is not so any more, or not yet; "code" says why. Nothing was done.',
  422: 'The Idempotency-Key was sent with another request. Nothing was done.',
  429: 'Too many requests, or too many unknown tokens from this address.',
  503: 'The database does not answer. Nothing was done unless "code" is database_lost.',
};

function parametersOf({ path, method, query }: Operation): Json[] {
  const fields = query ? (schemaOf(query, 'input') as { properties: Json; required?: string[] }) : null;
  return [
    ...(path.includes('{id}')
      ? [{ name: 'id', in: 'path', required: true, schema: { type: 'integer', minimum: 1 } }]
      : []),
    ...Object.entries(fields?.properties ?? {}).map(([name, schema]) => ({
      name,
      in: 'query',
      required: fields?.required?.includes(name) ?? false,
      schema,
    })),
    ...(method === 'post' ? [{ $ref: '#/components/parameters/IdempotencyKey' }] : []),
  ];
}

function bodyOf(fields: readonly FieldsSchema[]): Json {
  const schemas = fields.map((one) => formOf(one));
  const schema = schemas.length === 1 ? schemas[0] : { anyOf: schemas };
  return { content: { 'application/x-www-form-urlencoded': { schema } } };
}

/** A field that may come several times need not come at all. */
function formOf(fields: FieldsSchema): Json {
  const schema = schemaOf(fields, 'input') as { required?: string[] };
  const required = schema.required?.filter((name) => !isRepeated(fields.shape[name]!));
  return { ...schema, required: required?.length ? required : undefined };
}

function operationOf(operation: Operation): Json {
  const { id, group, summary, permission, fields, answers, method, problems = [] } = operation;
  const kinds = [...problems, 401, 403, 429, 503, ...(method === 'post' ? [409, 422] : [])];
  return {
    operationId: id,
    tags: [group],
    summary,
    description: `Needs the right "${permission}".`,
    security: [{ token: [] }],
    parameters: parametersOf(operation),
    ...(fields && { requestBody: bodyOf(fields) }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, schema]) => [
          status,
          { description: summary, content: { 'application/json': { schema: schemaOf(schema, 'output') } } },
        ]),
      ),
      ...Object.fromEntries([...new Set(kinds)].sort().map((status) => [status, problem(PROBLEMS[status]!)])),
    },
  };
}

/** The description of the API, OpenAPI 3.1. @param url where the app is reached, if that is configured */
export function describeApi(url: string | undefined): Json {
  const paths: Record<string, Json> = {};
  for (const operation of OPERATIONS) {
    const { path, method } = operation;
    paths[path] = { ...paths[path], [method]: operationOf(operation) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Outage Center', version: VERSION, description: ABOUT },
    servers: [{ url: url ?? '/' }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'An API token (oc_…).' } },
      schemas: { Problem: schemaOf(PROBLEM, 'output') },
      parameters: {
        IdempotencyKey: {
          name: 'Idempotency-Key',
          in: 'header',
          required: false,
          description:
            'Up to 255 visible characters, new for each thing to do: sent again within 24 hours it is not done again, and the first answer is given with "Idempotency-Replayed: true". After 401, 403, 429 and 5xx that say that nothing was done it may be sent again.',
          schema: { type: 'string', minLength: 1, maxLength: 255 },
        },
      },
    },
  };
}

/** What an operation takes, for people: its path, query and form. */
function takes({ query, fields = [] }: Operation): { name: string; isRequired: boolean; about: string }[] {
  const forms = [...(query ? [query] : []), ...fields].map(
    (one) => formOf(one) as { properties: Record<string, Json>; required?: string[] },
  );
  const names = [...new Set(forms.flatMap(({ properties }) => Object.keys(properties)))];
  return names.map((name) => {
    const having = forms.filter(({ properties }) => name in properties);
    const values = having.flatMap(({ properties }) => {
      const { enum: several, const: one } = properties[name] as { enum?: string[]; const?: string };
      return several ?? one ?? [];
    });
    const about = having.map(({ properties }) => properties[name]!.description as string).find(Boolean) ?? '';
    const oneOf = values.length > 0 ? ` One of ${[...new Set(values)].join(', ')}.` : '';
    return {
      name,
      isRequired: forms.every(({ required }) => required?.includes(name)),
      about: about + oneOf,
    };
  });
}

/** The same description as a page shows it, by group. */
export function apiReference() {
  const groups = [...new Set(OPERATIONS.map(({ group }) => group))];
  return groups.map((title) => ({
    title,
    operations: OPERATIONS.filter(({ group }) => group === title).map((operation) => {
      const { id, method, path, summary, permission, answers, problems = [] } = operation;
      const statuses = [...Object.keys(answers).map(Number), ...problems].sort();
      return {
        id,
        method: method.toUpperCase(),
        path,
        summary,
        permission,
        takes: takes(operation),
        statuses,
      };
    }),
  }));
}
