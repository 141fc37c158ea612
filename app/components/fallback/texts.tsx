import type { ReadyText } from '../../features/fallback/fallback-texts.ts';
import { CopyText } from '../copy-text.tsx';
import { Section } from '../section.tsx';

/** Ready texts for customers, the status page and the team. */
export function Texts({ texts }: { texts: readonly ReadyText[] }) {
  return (
    <Section
      id="texts"
      title="Texts to copy"
      hint="Times in them are UTC. Change what does not fit before you send it."
    >
      <div className="oc-stack">
        {texts.map(({ key, title, text }) => (
          <CopyText key={key} label={title} text={text} />
        ))}
      </div>
    </Section>
  );
}
