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
  status: 'answers errors',
  slow: 'is slow',
  down: 'is down',
};

/** Steers the simulated Chatwoot and Agent service. Shown only by the demo, and never to be mistaken for the real thing. */
export function SandboxBar({ state }: { state: SandboxState | null }) {
  const mayUse = useMay('sandbox.use');
  return (
    <aside className="oc-sandbox" aria-label="Sandbox">
      <div className="oc-sandbox-words">
        <p>
          <strong>Sandbox: simulated Chatwoot and Agent service.</strong>{' '}
          {state === null
            ? 'It does not answer just now; if that stays so, start the demo again.'
            : `Chatwoot ${CHATWOOT_WORDS[state.chatwoot.mode]}${silence(state.chatwoot)}. Agent service: ${state.agent.health}.`}
        </p>
        {state && <Doing state={state} />}
        <p>
          <Link to="/sandbox/messages">What Slack, e-mail and PagerDuty were sent</Link>
        </p>
      </div>
      {state && mayUse && <Controls state={state} />}
    </aside>
  );
}

const silence = ({ workers, waiting }: SandboxState['chatwoot']) =>
  workers === 'stopped' ? `, but sends no webhooks (${numberText(waiting)} wait in its queue)` : '';

function Doing({ state: { chatwoot, script } }: { state: SandboxState }) {
  return (
    <p className="oc-sandbox-doing">
      {script.running
        ? `Scripted outage, step ${script.stepNumber} of ${script.steps}: ${script.label} (${script.totalSecondsLeft} s left). `
        : ''}
      {countText(chatwoot.sent, 'webhook')} sent, {numberText(chatwoot.acknowledged)} acknowledged;{' '}
      {chatwoot.trafficRunning
        ? `customers write ${countText(chatwoot.conversationsPerMinute, 'message')} a minute.`
        : 'customers are quiet.'}
    </p>
  );
}

function Controls({ state: { agent, chatwoot, script } }: { state: SandboxState }) {
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
      <div className="oc-row">
        <PostForm action="/sandbox" fields={{ command: 'chatwoot', emit: '20' }}>
          <SubmitButton size="slim">20 customers write now</SubmitButton>
        </PostForm>
        <PostForm action="/sandbox" fields={{ command: 'script', script: script.running ? 'stop' : 'start' }}>
          <SubmitButton size="slim">
            {script.running ? 'Stop the scripted outage' : 'Play a scripted outage'}
          </SubmitButton>
        </PostForm>
      </div>
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
