import type { ArrivalCard, ArrivalRow } from '../../../features/overview/arrival-card.ts';
import type { ProofView } from '../../../features/arrival/connect/registration-words.ts';
import { useMay } from '../../layout/person.tsx';
import { PostForm, RegisterAgain, SubmitButton } from '../../forms/post-form.tsx';
import { DelaySection } from './delay-section.tsx';
import type { DelayProps } from './health-charts.tsx';
import { Folded, Section } from '../../layout/page.tsx';
import { Said, Time } from '../../time.tsx';
import { ToneWord } from '../../tone.tsx';

/** Whether what is written in Chatwoot arrives here: the answer, and each thing that it rests on. */
export function ArrivalSection({ card, span }: { card: ArrivalCard; span: DelayProps['span'] }) {
  const { tone, word, sentence, rows, registerAgain, proof, proofNote } = card;
  return (
    <Section id="arrival" title="Do messages arrive?" side={<ToneWord tone={tone}>{word}</ToneWord>}>
      <p>
        <Said text={sentence} />
      </p>
      <dl className="oc-arrival">
        {rows.filter(isOdd).map((row) => (
          <Row key={row.id} row={row} registerAgain={registerAgain} />
        ))}
        <TestMessage proof={proof} note={proofNote} />
      </dl>
      <Folded folds={tone === 'good'} summary="How we know, and how long messages took">
        <dl className="oc-arrival">
          {rows
            .filter((row) => !isOdd(row))
            .map((row) => (
              <Row key={row.id} row={row} registerAgain={registerAgain} />
            ))}
        </dl>
        <DelaySection span={span} delays={card.delays} thresholds={card.thresholds} />
      </Folded>
    </Section>
  );
}

/** What is not as it should be is in view, also where messages arrive all the same. */
const isOdd = ({ tone }: ArrivalRow) => tone !== null && tone !== 'good';

function Row({ row, registerAgain }: { row: ArrivalRow; registerAgain: boolean }) {
  const { id, label, tone, words } = row;
  return (
    <div>
      <dt>{label}</dt>
      <dd className={tone && tone !== 'good' ? `oc-tone-${tone}` : undefined}>
        <p>
          <Said text={words} />
        </p>
        {id === 'registration' && registerAgain && <RegisterAgain />}
      </dd>
    </div>
  );
}

/** Tried with an invented customer, in an inbox in which nobody waits for an answer. */
function TestMessage({ proof, note }: { proof: ProofView; note: string | null }) {
  const mayProve = useMay('health.check');
  return (
    <div id="proof">
      <dt>Test message</dt>
      <dd>
        <Words proof={proof} note={note} />
        {mayProve && (
          <PostForm action="/api/arrival/prove">
            {(busy) => (
              <SubmitButton disabled={busy || proof.state === 'running'}>Send a test message</SubmitButton>
            )}
          </PostForm>
        )}
      </dd>
    </div>
  );
}

function Words({ proof, note }: { proof: ProofView; note: string | null }) {
  switch (proof.state) {
    case 'none':
      return (
        <p>
          None has been sent. It is written to an API inbox of Chatwoot as an invented customer, and its
          webhook is waited for, 30 s at most; nobody waits for an answer there.
        </p>
      );
    case 'running':
      return (
        <p>
          Written <Time at={proof.since} />; its webhook is waited for.
        </p>
      );
    case 'proved':
    case 'not_proved':
      return (
        <p>
          <Time at={proof.at} />: <Said text={proof.sentence} />{' '}
          {note ?? (
            <>
              {proof.cause && <>Most likely: {proof.cause} </>}
              {proof.cure}
            </>
          )}
        </p>
      );
  }
}
