import { Link, useSearchParams } from '@remix-run/react';
import type { ComponentHistory, IncidentBand } from '../../../features/health/health-view.ts';
import type { ArrivalCard } from '../../../features/overview/arrival-card.ts';
import type { backupWords } from '../../../features/backup/judge-backups.ts';
import { capital } from '../../../features/overview/overview-words.ts';
import { PostForm, SubmitButton } from '../../forms/post-form.tsx';
import { Exact, Folded, Page, Section } from '../../layout/page.tsx';
import { useMay } from '../../layout/person.tsx';
import { Said, Time } from '../../time.tsx';
import { ToneWord } from '../../tone.tsx';
import { ArrivalSection } from './arrival-section.tsx';
import { componentText, healthOf } from './health-words.ts';
import { LatencySection } from './delay-section.tsx';
import { ProbeTable } from './probe-table.tsx';
import { UptimeBars } from './uptime-bars.tsx';

const WORDS: Record<HealthRange, string> = { '1h': '1 hour', '24h': '24 hours', '7d': '7 days' };

export interface HealthPageProps {
  /** That Chatwoot's clock is not ours, in a sentence; null while they agree. */
  clock?: string | null;
  /** Whether messages arrive; left out where nothing is connected. */
  arrival?: ArrivalCard | null;
  /** How backups stand; left out where nothing was read. */
  backups?: ReturnType<typeof backupWords>;
  at: string;
  range: HealthRange;
  components: ComponentHistory[];
  /** By component. */
  incidents: Record<string, IncidentBand[]>;
}

/** What is watched, how it stands now, and how it has been: measured values only. */
export function HealthPage({ at, clock, arrival, backups, range, components, incidents }: HealthPageProps) {
  const to = Date.parse(at);
  const span = { from: to - HEALTH_RANGES[range] * 3_600_000, to };
  const mayCheck = useMay('health.check');
  return (
    <Page at={at} live>
      <div className="oc-card-head">
        <h1 className="oc-title">Health</h1>
        <div className="oc-row">
          <Ranges range={range} />
          {mayCheck && (
            <PostForm action="/api/health/check">
              {(busy) => (
                <SubmitButton look="primary" disabled={busy}>
                  Check now
                </SubmitButton>
              )}
            </PostForm>
          )}
        </div>
      </div>
      {arrival && <ArrivalSection card={arrival} span={span} />}
      {backups && (
        <Section id="backups" title="Backups" side={<ToneWord tone={backups.tone}>{backups.word}</ToneWord>}>
          <p>
            <Said text={backups.sentence} />
          </p>
        </Section>
      )}
      {components.length === 0 && (
        <p className="oc-empty">Nothing has been checked yet: the first check comes with the first worker.</p>
      )}
      {components.map((component) => {
        const { tone, word } = healthOf(component);
        return (
          <Section
            key={component.name}
            id={component.name.replaceAll(/[^\w-]/g, '-')}
            title={component.label}
            side={<ToneWord tone={tone}>{word}</ToneWord>}
          >
            <p>
              {componentText(component)} <Since component={component} />
            </p>
            <Exact said={`${capital(component.detail)}.`} />
            {component.name === 'chatwoot' && clock && <p>{clock}</p>}
            <Folded folds={tone === 'good'} summary="How it has been">
              <UptimeBars label={component.label} days={component.days} />
              <LatencySection
                label={component.label}
                span={span}
                latency={component.latency}
                incidents={incidents[component.name] ?? []}
              />
              <ProbeTable label={component.label} probes={component.probes} />
            </Folded>
          </Section>
        );
      })}
    </Page>
  );
}

function Since({ component }: { component: ComponentHistory }) {
  const { stale, state, since, checkedAt, lastOkAt, firstFailedAt, failures } = component;
  return (
    <span className="oc-quiet">
      {!stale && state === 'up' && (
        <>
          Up for <Time at={since} as="for" />.{' '}
        </>
      )}
      {firstFailedAt && failures > 0 && (
        <>
          {failures} failed in a row, the first <Time at={firstFailedAt} />; last answered{' '}
          {lastOkAt ? <Time at={lastOkAt} /> : 'never, as far as is on record'}.{' '}
        </>
      )}
      <span className="oc-together">
        Last checked <Time at={checkedAt} />.
      </span>
    </span>
  );
}

function Ranges({ range }: { range: HealthRange }) {
  const [params] = useSearchParams();
  return (
    <nav className="oc-tabs" aria-label="Range of the charts">
      {(Object.keys(WORDS) as HealthRange[]).map((id) => {
        const next = new URLSearchParams(params);
        next.set('range', id);
        return (
          <Link
            key={id}
            to={`/health?${next.toString()}`}
            preventScrollReset
            aria-current={range === id ? 'page' : undefined}
          >
            {WORDS[id]}
          </Link>
        );
      })}
    </nav>
  );
}

/** Ranges of the latency charts, in hours. */
export const HEALTH_RANGES = { '1h': 1, '24h': 24, '7d': 168 } as const;
export type HealthRange = keyof typeof HEALTH_RANGES;
