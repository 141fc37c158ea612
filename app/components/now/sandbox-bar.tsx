import { Link } from '@remix-run/react';
import type { SandboxState } from '../../features/overview/sandbox-view.ts';
import { numberText, countText } from '../../lib/words.ts';
import { useMay } from '../layout/person.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';

type Fault = [words: string, fields: { mode?: string; status?: string; workers?: string }];

const CHATWOOT_FAULTS: Fault[] = [
  ['Fails (503)', { mode: 'status', status: '503' }],
  ['Is down', { mode: 'down' }],
  // Everything else of it stays green.
  ['Stops its webhooks', { workers: 'stopped' }],
];

const AGENT_FAULTS: Fault[] = [
  ['Fails (503)', { mode: 'status', status: '503' }],
  ['Is down', { mode: 'down' }],
  ['Hangs', { mode: 'hang' }],
  ['Rejects (422)', { mode: 'status', status: '422' }],
];

const CHATWOOT_WORDS: Record<SandboxState['chatwoot']['mode'], string> = {
  ok: 'works',
  status: 'returns errors',
  slow: 'is slow',
  down: 'is down',
};

/**
 * Steers the simulated Chatwoot and Agent service: one line, which opens. Shown only by the demo, and never to be mistaken
 * for the real thing.
 */
export function SandboxBar({ state }: { state: SandboxState | null }) {
  const mayUse = useMay('sandbox.use');
  const script = state?.script;
  return (
    <aside className="oc-sandbox" aria-label="Sandbox">
      <p className="oc-sandbox-words">
        <strong>Sandbox.</strong>{' '}
        {state ? wordsOf(state) : 'It does not answer just now; if that stays so, start the demo again.'}
      </p>
      {script && mayUse && (
        <PostForm action="/sandbox" fields={{ command: 'script', script: script.running ? 'stop' : 'start' }}>
          <SubmitButton size="slim" look={script.running ? 'secondary' : 'primary'}>
            {script.running ? 'End the outage' : 'Begin the outage'}
          </SubmitButton>
        </PostForm>
      )}
      {state && isUntouched(state) && <Introduction />}
      {state && (
        <details className="oc-sandbox-more">
          <summary>
            Break something<span className="oc-sandbox-wide"> yourself</span>
          </summary>
          {mayUse && <Controls state={state} />}
          <p>
            <Counted state={state} />{' '}
            <Link to="/sandbox/messages">What Slack, e-mail and PagerDuty were sent</Link>
          </p>
        </details>
      )}
    </aside>
  );
}

/** Nobody has broken anything yet. */
const isUntouched = ({ agent, chatwoot, script }: SandboxState): boolean =>
  agent.mode === 'ok' &&
  chatwoot.mode === 'ok' &&
  chatwoot.workers !== 'stopped' &&
  !script.running &&
  script.label === '';

/** What this is, for somebody who sees it for the first time. */
function Introduction() {
  return (
    <ol className="oc-sandbox-introduction">
      <li>
        Customers of an invented shop write to a simulated Chatwoot; this app keeps each message and hands it
        to a simulated Agent service. Only the app is real.
      </li>
      <li>
        All is calm. “Begin the outage” breaks the Agent service step by step, for two minutes: this page says
        what broke, who waits, and what to do.
      </li>
      <li>
        Or break something yourself, and end the app’s process if you like: what it has acknowledged is not
        lost.
      </li>
    </ol>
  );
}

function wordsOf({ agent, chatwoot, script }: SandboxState): string {
  if (script.running)
    return `Step ${script.stepNumber} of ${script.steps}, ${script.totalSecondsLeft} s left. ${script.label}`;
  if (script.label !== '' && agent.mode === 'ok' && chatwoot.mode === 'ok') return script.label;
  return `Chatwoot ${CHATWOOT_WORDS[chatwoot.mode]}${silence(chatwoot)}. The Agent service ${agent.health.charAt(0).toLowerCase()}${agent.health.slice(1)}.`;
}

const silence = ({ workers, waiting }: SandboxState['chatwoot']) =>
  workers === 'stopped' ? `, but sends no webhooks (${numberText(waiting)} wait in its queue)` : '';

function Counted({ state: { chatwoot } }: { state: SandboxState }) {
  const pace = chatwoot.trafficRunning
    ? `customers write ${countText(chatwoot.conversationsPerMinute, 'message')} a minute.`
    : 'customers are quiet.';
  return `${countText(chatwoot.sent, 'webhook')} sent, ${numberText(chatwoot.acknowledged)} acknowledged; ${pace}`;
}

function Controls({ state: { agent, chatwoot } }: { state: SandboxState }) {
  return (
    <div className="oc-sandbox-controls">
      <Service
        name="Chatwoot"
        command="chatwoot"
        faults={CHATWOOT_FAULTS}
        repair={{ mode: 'ok', workers: 'running' }}
        state={chatwoot}
      />
      <Service
        name="the Agent service"
        command="agent"
        faults={AGENT_FAULTS}
        repair={{ mode: 'ok' }}
        state={agent}
      />
      <PostForm action="/sandbox" fields={{ command: 'chatwoot', emit: '20' }}>
        <SubmitButton size="slim">20 customers write now</SubmitButton>
      </PostForm>
    </div>
  );
}

interface ServiceProps {
  name: string;
  command: 'chatwoot' | 'agent';
  faults: Fault[];
  repair: Fault[1];
  state: { mode: string; status?: number | null; workers?: string };
}

/** Breaks a service in one of several ways, or repairs it. */
function Service({ name, command, faults, repair, state }: ServiceProps) {
  const broken = state.mode !== 'ok' || state.workers === 'stopped';
  return (
    <div className="oc-row" role="group" aria-labelledby={`sandbox-${command}`}>
      <span id={`sandbox-${command}`}>Break {name}:</span>
      {faults.map(([words, fault]) => {
        // Chatwoot does not say which code it answers: it is always 503 from here.
        const on =
          (!fault.mode || state.mode === fault.mode) &&
          (!fault.workers || state.workers === fault.workers) &&
          (!fault.status || state.status === undefined || state.status === Number(fault.status));
        return (
          <PostForm key={words} action="/sandbox" fields={{ command, ...fault }}>
            <SubmitButton size="slim" aria-pressed={on}>
              {words}
            </SubmitButton>
          </PostForm>
        );
      })}
      <PostForm action="/sandbox" fields={{ command, ...repair }}>
        <SubmitButton size="slim" look={broken ? 'primary' : 'secondary'} disabled={!broken}>
          Repair {name}
        </SubmitButton>
      </PostForm>
    </div>
  );
}
