import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useLoaderData, useRouteError } from '@remix-run/react';
import { PostForm, SubmitButton } from '../components/forms/post-form.tsx';
import { BackLink, Page, Section } from '../components/layout/page.tsx';
import { useMay } from '../components/layout/person.tsx';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { refusedPage, TroublePage } from '../components/layout/trouble-page.tsx';
import { Time } from '../components/time.tsx';
import { ToneWord } from '../components/tone.tsx';
import { authorize } from '../features/access/authorize.server.ts';
import type { Tone } from '../features/overview/overview-view.ts';
import type { SandboxMessages } from '../features/overview/sandbox-view.ts';
import { readSandboxMessages } from '../features/overview/sandbox.server.ts';
import { countText } from '../lib/words.ts';

export const meta: MetaFunction = (args) => pageMeta(args, 'Sandbox: messages');

/** What the demo's simulated Slack, mail server, PagerDuty and webhook were sent. */
export async function loader(args: LoaderFunctionArgs) {
  await authorize(args, 'page.read');
  const { sandboxUrl } = args.context;
  if (!sandboxUrl) throw new Response(null, { status: 404, statusText: 'Not Found' });
  const messages = await readSandboxMessages(sandboxUrl);
  return json(
    { at: args.context.services.db.clock.now().toISOString(), messages },
    { headers: { 'Cache-Control': 'no-store' } },
  );
}

export function ErrorBoundary() {
  const refused = refusedPage(useRouteError());
  if (refused) return refused;
  return (
    <TroublePage
      title="There are no simulated messages here"
      sentence="This app runs without the sandbox: it is part of “npm run demo” only."
    />
  );
}

type Service = keyof SandboxMessages;

const SERVICES: { service: Service; title: string }[] = [
  { service: 'slack', title: 'Simulated Slack' },
  { service: 'email', title: 'Simulated mail server' },
  { service: 'pagerduty', title: 'Simulated PagerDuty' },
  { service: 'webhook', title: 'Simulated webhook' },
];

const MODES: Record<SandboxMessages[Service]['mode'], { tone: Tone; word: string }> = {
  ok: { tone: 'good', word: 'Takes messages' },
  status: { tone: 'critical', word: 'Answers with an error' },
  hang: { tone: 'critical', word: 'Hangs' },
  down: { tone: 'critical', word: 'Is down' },
};

/** What the demo’s simulated services were sent: nobody outside this machine has been told anything. */
export default function SandboxMessagesPage() {
  const { at, messages } = useLoaderData<typeof loader>();
  return (
    <Page at={at} live>
      <BackLink to="/">Outage Center</BackLink>
      <h1 className="oc-title">Sandbox: messages that were sent</h1>
      <p className="oc-hint">
        Everything the demo tells ends here, on this machine. Break a service, and see how its messages wait
        or take another way.
      </p>
      {messages === null ? (
        <p className="oc-hint">
          The sandbox does not answer just now; if that stays so, start the demo again.
        </p>
      ) : (
        <div className="oc-two">
          {SERVICES.map(({ service, title }) => (
            <Received key={service} service={service} title={title} state={messages[service]} />
          ))}
        </div>
      )}
    </Page>
  );
}

function Received({
  service,
  title,
  state,
}: {
  service: Service;
  title: string;
  state: SandboxMessages[Service];
}) {
  const mayUse = useMay('sandbox.use');
  const works = state.mode === 'ok';
  const fields = { command: 'notifications', service, mode: works ? 'down' : 'ok' };
  return (
    <Section
      id={service}
      title={title}
      side={<ToneWord tone={MODES[state.mode].tone}>{MODES[state.mode].word}</ToneWord>}
      hint={`${countText(state.count, 'message')} taken.`}
    >
      {mayUse && (
        <PostForm action="/sandbox" fields={fields}>
          <SubmitButton size="slim" aria-label={`${works ? 'Take down' : 'Repair'}: ${title}`}>
            {works ? 'Take down' : 'Repair'}
          </SubmitButton>
        </PostForm>
      )}
      <ul className="oc-received">
        {state.received.map(({ at, to, text, detail }, index) => (
          <li key={`${at}-${state.count - index}`}>
            <p>
              <b>{text}</b>
            </p>
            <small className="oc-quiet">
              To {to}, <Time at={at} />
            </small>
            <details className="oc-details">
              <summary>All of it</summary>
              <pre className="oc-received-text">{detail}</pre>
            </details>
          </li>
        ))}
      </ul>
    </Section>
  );
}
