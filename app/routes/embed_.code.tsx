import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { Page, Section } from '../components/layout/page.tsx';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { authorize } from '../features/access/authorize.server.ts';
import { makeFrameCode } from '../features/access/sessions/frame-session.server.ts';

export const meta: MetaFunction = (args) => pageMeta(args, 'Inside Chatwoot');

/** The code with which somebody who is signed in signs the frame inside Chatwoot in. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  await authorize({ request, context }, 'account.own');
  const now = context.services.db.clock.now();
  return json(
    { at: now.toISOString(), code: makeFrameCode(context.access, request, now) },
    { headers: { 'Cache-Control': 'no-store' } },
  );
}

export default function EmbedCode() {
  const { at, code } = useLoaderData<typeof loader>();
  return (
    <Page at={at} narrow>
      <Section id="code" title="Sign in inside Chatwoot" heading="h1">
        <p>
          Copy this code into the field beside your conversation in Chatwoot, in this browser. It works once,
          for five minutes, and ends with your session. Give it to nobody: whoever has it reads as you.
        </p>
        <p>
          <textarea className="oc-embed-code" readOnly rows={4} aria-label="Code" value={code ?? ''} />
        </p>
      </Section>
    </Page>
  );
}
