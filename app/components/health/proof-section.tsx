import type { ProofView } from '../../features/arrival/connect/proof-view.ts';
import { useMay } from '../access/person.ts';
import { PostForm } from '../post-form.tsx';
import { Section } from '../section.tsx';
import { SubmitButton } from '../submit-button.tsx';
import { Time } from '../time.tsx';
import { ToneWord } from '../tone.tsx';

/** Whether a message that is written in Chatwoot arrives here, tried once with an invented customer. */
export function ProofSection({ proof }: { proof: ProofView }) {
  const mayProve = useMay('health.check');
  const { tone, word } = STATES[proof.state];
  return (
    <Section id="proof" title="Test message" side={<ToneWord tone={tone}>{word}</ToneWord>}>
      <Words proof={proof} />
      {mayProve && (
        <PostForm action="/api/arrival/prove">
          {(busy) => (
            <SubmitButton disabled={busy || proof.state === 'running'}>Send a test message</SubmitButton>
          )}
        </PostForm>
      )}
    </Section>
  );
}

const STATES = {
  none: { tone: 'unknown', word: 'Not proved yet' },
  running: { tone: 'unknown', word: 'On its way' },
  proved: { tone: 'good', word: 'Arrived' },
  not_proved: { tone: 'critical', word: 'Did not arrive' },
} as const;

function Words({ proof }: { proof: ProofView }) {
  switch (proof.state) {
    case 'none':
      return (
        <p>
          Writes to an API inbox of Chatwoot as an invented customer and waits up to 30 s for the webhook.
          Nobody waits for an answer there.
        </p>
      );
    case 'running':
      return (
        <p>
          Written at <Time at={proof.since} />; its webhook is waited for.
        </p>
      );
    case 'proved':
    case 'not_proved':
      return (
        <p>
          <Time at={proof.at} />: {proof.sentence} {proof.cause && <>Most likely: {proof.cause} </>}
          {proof.cure}
        </p>
      );
  }
}
