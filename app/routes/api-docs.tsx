import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { Page, Section } from '../components/layout/page.tsx';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { authorize } from '../features/access/authorize.server.ts';
import { apiReference } from '../features/api/openapi.server.ts';

export const meta: MetaFunction = (args) => pageMeta(args, 'API');

export async function loader({ request, context }: LoaderFunctionArgs) {
  await authorize({ request, context }, 'page.read');
  const { config, db } = context.services;
  return json(
    {
      at: db.clock.now().toISOString(),
      base: config.APP_URL ?? new URL(request.url).origin,
      groups: apiReference(),
    },
    { headers: { 'Cache-Control': 'no-store' } },
  );
}

export interface ApiGroup {
  title: string;
  operations: {
    id: string;
    method: string;
    path: string;
    summary: string;
    permission: string;
    takes: { name: string; isRequired: boolean; about: string }[];
    statuses: number[];
  }[];
}

/** What programs may ask, from the same description as openapi.json. Needs no script. */
export default function Api() {
  const { at, base, groups } = useLoaderData<typeof loader>();
  return (
    <Page at={at} narrow>
      <h1 className="oc-title">API</h1>
      <Section id="begin" title="How to begin">
        <p>
          An admin makes a token on the page <a href="/account">Account</a>, with the rights it needs. Send it
          with each request. The whole description, for programs: <a href="/api/openapi.json">openapi.json</a>
          .
        </p>
        <pre className="oc-api-example" tabIndex={0} aria-label="Examples">
          {`curl -H "Authorization: Bearer $TOKEN" ${base}/api/incidents

curl -H "Authorization: Bearer $TOKEN" -H "Accept: application/json" \\
  -H "Idempotency-Key: $(uuidgen)" -d text="Seen by the night shift" \\
  ${base}/api/incidents/12/note`}
        </pre>
        <ul className="oc-list">
          <li>Actions take a form and answer JSON. Times are UTC.</li>
          <li>
            Whatever is refused is answered as <code>application/problem+json</code>: <code>detail</code> says
            in a sentence what was wrong and what to do, <code>code</code> says which kind it is.
          </li>
          <li>
            Every action is in the audit log under the name of its token. Names and texts of customers take
            the right <code>texts.read</code>.
          </li>
        </ul>
        <details className="oc-details oc-api">
          <summary>
            An action is done once: <code>Idempotency-Key</code>
          </summary>
          <p>
            The same request under the same key gets the first answer again for 24 hours; another request
            under it is refused with 422. While the first is still being done, or was interrupted, the answer
            is 409. After 401, 403, 429 and 5xx that say that nothing was done, the same key may be sent
            again.
          </p>
        </details>
        <details className="oc-details oc-api" id="assistants">
          <summary>
            Assistants: <code>{base}/mcp</code>
          </summary>
          <p>
            Assistants that speak the Model Context Protocol (streamable HTTP) use the same tokens. They read
            the verdict, incidents, timelines, dead letters by cause and who waits; with the rights for it
            they note, acknowledge, plan a replay and draft an update. What customers wrote is marked as data.
          </p>
        </details>
      </Section>
      {groups.map(({ title, operations }, index) => (
        <Section key={title} id={`group-${index}`} title={title}>
          {operations.map((operation) => (
            <Operation key={operation.id} {...operation} />
          ))}
        </Section>
      ))}
    </Page>
  );
}

function Operation({
  id,
  method,
  path,
  summary,
  permission,
  takes,
  statuses,
}: ApiGroup['operations'][number]) {
  return (
    <details className="oc-details oc-api" id={id}>
      <summary>
        {summary}{' '}
        <code>
          {method} {path}
        </code>
      </summary>
      <p>
        Needs <code>{permission}</code>. Answers {statuses.join(', ')}.
      </p>
      {takes.length > 0 && (
        <dl className="oc-api-fields">
          {takes.map(({ name, isRequired, about }) => (
            <div key={name}>
              <dt>
                <code>{name}</code>
                {isRequired && ' (required)'}
              </dt>
              <dd>{about}</dd>
            </div>
          ))}
        </dl>
      )}
    </details>
  );
}
