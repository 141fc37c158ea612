import type { FallbackRun } from '../../features/fallback/fallback-view.ts';
import { formatUtc } from '../format.ts';
import { Section } from '../section.tsx';
import { ToneWord } from '../tone.tsx';
import { RunSteps } from './run-steps.tsx';
import { SkippedList } from './skipped-list.tsx';

const CHANNELS: Record<string, string> = { slack: 'Slack', email: 'e-mail', webhook: 'webhook' };

/** One time in fallback mode: what did happen, step by step, and what became of what waited. */
export function RunDetails({ run, open, may }: { run: FallbackRun; open: boolean; may: boolean }) {
  const title = open ? 'What happened' : `Earlier: ${formatUtc(run.startedAt)}`;
  return (
    <Section id={`run-${run.id}`} title={title}>
      <p className="oc-hint">
        On {formatUtc(run.startedAt)} by {run.startedBy}: {run.reason}
        {run.endedAt && (
          <>
            <br />
            Off {formatUtc(run.endedAt)} by {run.endedBy}: {run.endReason}
          </>
        )}
      </p>
      {run.overrideReason && (
        <p>
          <ToneWord tone="warning">Checklist overridden</ToneWord> {run.overrideReason}
          {run.openItems.length > 0 && <> Still open then: {run.openItems.join('; ')}.</>}
        </p>
      )}
      <RunSteps run={run} may={may} />
      {run.notices.length > 0 && (
        <p className="oc-quiet">
          Notices:{' '}
          {run.notices
            .map(
              ({ channel, state, answer }) =>
                `${CHANNELS[channel] ?? channel} ${state}${answer ? ` (${answer})` : ''}`,
            )
            .join(', ')}
          .
        </p>
      )}
      <SkippedList run={run} may={may} />
    </Section>
  );
}
