import type { SandboxState } from '../features/overview/sandbox-state.ts';
import { numberText, countText } from '../features/overview/words.ts';
import { useMay } from './access/person.ts';
import { PostForm } from './post-form.tsx';
import { SubmitButton } from './submit-button.tsx';

const FAULTS: [words: string, fields: Record<string, string>][] = [
  ['Fails (503)', { mode: 'status', status: '503' }],
  ['Is down', { mode: 'down' }],
  ['Hangs', { mode: 'hang' }],
  ['Rejects (422)', { mode: 'status', status: '422' }],
];

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
            : state.agent.health}
        </p>
        {state && <Doing state={state} />}
      </div>
      {state && mayUse && <Controls state={state} />}
    </aside>
  );
}

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

function Controls({ state: { agent, script } }: { state: SandboxState }) {
  const broken = agent.mode !== 'ok';
  return (
    <div className="oc-sandbox-controls">
      <div className="oc-row" role="group" aria-labelledby="sandbox-break">
        <span id="sandbox-break">Break the Agent service:</span>
        {FAULTS.map(([words, fields]) => {
          const on = agent.mode === fields.mode && (!fields.status || agent.status === Number(fields.status));
          return (
            <PostForm key={words} action="/sandbox" fields={{ command: 'agent', ...fields }}>
              <SubmitButton size="slim" aria-pressed={on}>
                {words}
              </SubmitButton>
            </PostForm>
          );
        })}
      </div>
      <div className="oc-row">
        <PostForm action="/sandbox" fields={{ command: 'agent', mode: 'ok' }}>
          <SubmitButton size="slim" look={broken ? 'primary' : 'secondary'} disabled={!broken}>
            Repair the Agent service
          </SubmitButton>
        </PostForm>
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
