import type { SandboxMessages } from '../../features/overview/sandbox-view.ts';
import type { Tone } from '../../features/overview/overview-view.ts';
import { countText } from '../../lib/words.ts';
import { useMay } from '../layout/person.tsx';
import { BackLink, Page, Section } from '../layout/page.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { Time } from '../time.tsx';
import { ToneWord } from '../tone.tsx';

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
export function SandboxMessagesPage({ at, messages }: { at: string; messages: SandboxMessages | null }) {
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
