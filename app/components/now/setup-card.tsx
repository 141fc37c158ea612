import { Form, Link } from '@remix-run/react';
import type { Overview, Tone } from '../../features/overview/overview-view.ts';
import { listText } from '../../lib/words.ts';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { useChoices } from '../layout/browser.ts';
import { useMay } from '../layout/person.tsx';
import { Section } from '../layout/page.tsx';
import { ToneWord } from '../tone.tsx';

const VARIABLES = [
  [
    'AGENT_SDK_URL',
    'http://agent.internal:8080',
    'Where the Agent service listens; we post to its /webhooks/chatwoot.',
  ],
  ['CHATWOOT_BASE_URL', 'https://chat.example.com', 'Where your Chatwoot is.'],
  ['CHATWOOT_ACCOUNT_ID', '2', 'The number after /app/accounts/ in Chatwoot’s address.'],
  ['CHATWOOT_API_TOKEN', '…', 'Access token of an administrator, from Chatwoot’s profile settings.'],
] as const;

/** The first start: the connection is not configured. Exact steps, in order. */
export function SetupCard() {
  return (
    <section className="oc-card oc-setup" id="setup" aria-labelledby="setup-title">
      <div className="oc-card-head">
        <h2 id="setup-title">Connect Chatwoot and the Agent service</h2>
      </div>
      <p className="oc-hint">
        Four settings and one command. Until then nothing arrives here and nothing is forwarded.
      </p>
      <ol className="oc-steps">
        <li>
          <p>
            Put these four into the file <code>.env</code> beside <code>package.json</code>, or into the
            environment. All four or none.
          </p>
          <dl className="oc-variables">
            {VARIABLES.map(([name, example, what]) => (
              <div key={name}>
                <dt>
                  <code>
                    {name}={example}
                  </code>
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
        </li>
        <li>
          <p>
            Add <code>APP_URL=https://support-ops.example.com</code>: the address at which Chatwoot reaches
            this app. Since 4.14 Chatwoot refuses addresses that are not public, unless told otherwise.
          </p>
        </li>
        <li>
          <p>
            Run <code>npm run ops:connect-chatwoot</code>. It registers the webhook in Chatwoot, stores the
            secret that Chatwoot returns, and checks that both fit.
          </p>
        </li>
        <li>
          <p>
            Restart the app. This card goes away, and the first customer’s message shows up within a second.
          </p>
        </li>
      </ol>
      <p className="oc-hint">
        Only looking around? <code>npm run demo</code> starts it with a simulated Chatwoot and Agent service.
      </p>
    </section>
  );
}

interface Facts {
  overview: Pick<Overview, 'configured' | 'warnings' | 'gaps' | 'incident' | 'verdict'>;
  drillAt: string | null;
  /** null: not known. */
  arrivalProved: boolean | null;
}

interface FirstStep {
  what: string;
  /** null: not known now. */
  done: boolean | null;
  why: string;
  link?: [to: string, label: string];
  /** Its button writes a message as an invented customer. */
  proves?: true;
}

/** What has to be true before an outage can be met, in the order in which it is done; each ticks itself from what is on record. */
function firstSteps({ overview, drillAt, arrivalProved }: Facts): FirstStep[] {
  const { configured, warnings, gaps } = overview;
  const open = warnings.some(({ id }) => id === 'endpoint_open' || id === 'secrets_unreadable');
  return [
    {
      what: 'Connect Chatwoot and the Agent service',
      done: configured,
      why: 'Four settings and one command.',
      link: ['#setup', 'How'],
    },
    {
      what: 'Let only signed webhooks in',
      done: configured && !open,
      why: 'Anyone who knows the address could write as a customer.',
      link: ['/health#arrival', 'See the webhook'],
    },
    {
      what: 'Say who is called',
      done: gaps && gaps.length === 0,
      why: gaps?.length ? `Nobody can be reached for ${listText(gaps)}.` : 'For each role of the ladder.',
      link: ['/contacts', 'Contacts'],
    },
    {
      what: 'See a message arrive',
      done: arrivalProved,
      why: 'A test message of an invented customer, there and back to here.',
      proves: true,
    },
    {
      what: 'Practise an outage',
      done: drillAt !== null,
      why: 'A drill harms nobody and takes ten minutes.',
      link: ['/drill', 'Run a drill'],
    },
  ];
}

const STATES: Record<string, [Tone, string]> = {
  true: ['good', 'Done'],
  false: ['warning', 'To do'],
  null: ['unknown', 'Unknown'],
};

/** Whether the first steps are shown: while one is not done, and never while something is wrong. */
export function useFirstSteps(facts: Facts): FirstStep[] | null {
  const { stepsAway } = useChoices();
  const steps = firstSteps(facts);
  const { incident, verdict } = facts.overview;
  const hurry = incident !== null || verdict.tone === 'critical';
  return stepsAway || hurry || steps.every(({ done }) => done) ? null : steps;
}

/** The way from the first start to being ready, until it is done or put away. */
export function FirstSteps({ steps }: { steps: FirstStep[] }) {
  const mayProve = useMay('health.check');
  const isLeft = ({ done }: FirstStep) => done !== true;
  return (
    <Section
      id="first-steps"
      title="First steps"
      side={
        <span className="oc-quiet">
          {steps.filter((step) => !isLeft(step)).length} of {steps.length} done
        </span>
      }
    >
      <ol className="oc-side-lines oc-first-steps">
        {steps.map((step) => {
          const [tone, word] = STATES[String(step.done)]!;
          return (
            <li key={step.what}>
              <ToneWord tone={tone}>{word}</ToneWord>
              <div>
                {step.what}
                {isLeft(step) && <small>{step.why}</small>}
                {isLeft(step) && step.link && (
                  <Link className="oc-link" to={step.link[0]}>
                    {step.link[1]}
                  </Link>
                )}
                {isLeft(step) && step.proves && mayProve && (
                  <PostForm action="/api/arrival/prove">
                    <SubmitButton size="slim">Send a test message</SubmitButton>
                  </PostForm>
                )}
              </div>
            </li>
          );
        })}
      </ol>
      <Form method="post" action="/account">
        <input type="hidden" name="do" value="first-steps" />
        <input type="hidden" name="steps" value="away" />
        <button type="submit" className="oc-plain-button">
          Put this list away
        </button>
      </Form>
    </Section>
  );
}
