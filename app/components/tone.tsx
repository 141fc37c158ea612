import {
  AlertTriangleIcon,
  CheckCircleIcon,
  InfoIcon,
  QuestionCircleIcon,
  XCircleIcon,
} from '@shopify/polaris-icons';
import { Icon } from '@shopify/polaris';
import type { Tone } from '../features/overview/overview-view.ts';

const ICONS = {
  good: CheckCircleIcon,
  warning: AlertTriangleIcon,
  critical: XCircleIcon,
  unknown: QuestionCircleIcon,
  info: InfoIcon,
} as const satisfies Record<Tone, typeof CheckCircleIcon>;

/** The icon of a tone; decoration beside a word, never alone. */
export function ToneIcon({ tone }: { tone: Tone }) {
  return (
    <span className={`oc-tone-icon oc-tone-${tone}`} aria-hidden="true">
      <Icon source={ICONS[tone]} />
    </span>
  );
}

/** Icon and word in the tone's colour. */
export function ToneWord({ tone, children }: { tone: Tone; children: string }) {
  return (
    <span className={`oc-tone-word oc-tone-${tone}`}>
      <ToneIcon tone={tone} />
      {children}
    </span>
  );
}
