import { ToneWord } from '../tone.tsx';

/** What the other side answered to a test. */
export function TestAnswer({ accepted, answer }: { accepted: boolean; answer: string }) {
  return (
    <p>
      <ToneWord tone={accepted ? 'good' : 'critical'}>{accepted ? 'Accepted' : 'Not accepted'}</ToneWord>{' '}
      Answer: {answer || 'nothing'}
    </p>
  );
}
