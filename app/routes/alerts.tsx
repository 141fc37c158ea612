import {
  type ActionFunctionArgs,
  json,
  type LoaderFunctionArgs,
  type MetaFunction,
  redirect,
} from '@remix-run/node';
import { Link, useLoaderData, useRouteError } from '@remix-run/react';
import { Done } from '../components/forms/form-fields.tsx';
import { SeverityBadge } from '../components/incidents/incident-list.tsx';
import { AlertWords, BackLink, Page, Section } from '../components/layout/page.tsx';
import { useMay } from '../components/layout/person.tsx';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { refusedPage, TroublePage } from '../components/layout/trouble-page.tsx';
import { RuleForms } from '../components/settings/rule-forms.tsx';
import { Time } from '../components/time.tsx';
import { ToneWord } from '../components/tone.tsx';
import { authorize, authorizeForm } from '../features/access/authorize.server.ts';
import { adjustRule } from '../features/alerts/adjust-rules.server.ts';
import { adjustedWords, type AlertRuleView } from '../features/alerts/adjustments.ts';
import { readAlertRules } from '../features/alerts/read-alert-rules.server.ts';
import type { Tone } from '../features/overview/overview-view.ts';
import { durationText } from '../lib/time-words.ts';
import { numberText, percentText } from '../lib/words.ts';

const NO_STORE = { 'Cache-Control': 'no-store' };

export const meta: MetaFunction = (args) => pageMeta(args, 'Alert rules');

export async function loader(args: LoaderFunctionArgs) {
  await authorize(args, 'page.read');
  const now = args.context.services.db.clock.now();
  const rules = await readAlertRules(args.context.services, now);
  const done = adjustedWords(new URL(args.request.url).searchParams.get('done'));
  return json({ at: now.toISOString(), rules, done }, { headers: NO_STORE });
}

export async function action(args: ActionFunctionArgs) {
  const { services } = args.context;
  const { actor, form } = await authorizeForm(args, 'settings.manage');
  const { fields } = form;
  const result = await adjustRule(services, { fields, actor, now: services.db.clock.now() });
  if (result.outcome === 'done')
    return redirect(`/alerts?done=${result.done}#${encodeURIComponent(result.rule)}`, 303);
  return json({ result, verb: fields.get('do') ?? '' }, { status: result.status, headers: NO_STORE });
}

export function ErrorBoundary() {
  const refused = refusedPage(useRouteError());
  if (refused) return refused;
  return (
    <TroublePage
      title="The alert rules cannot be read now"
      sentence="The database does not answer, or something failed. Rules are judged again by themselves when it is back."
      retry
    />
  );
}

const STATES: Record<AlertRuleView['state'], { tone: Tone; word: string }> = {
  ok: { tone: 'good', word: 'Quiet' },
  firing: { tone: 'critical', word: 'Fires' },
  recovering: { tone: 'warning', word: 'Recovering' },
  unknown: { tone: 'unknown', word: 'Unknown' },
};

/** Every rule: its value now against its threshold, in words and numbers, and how its alert stands. */
export default function Alerts() {
  const { at, rules, done } = useLoaderData<typeof loader>();
  const incidents = rules.filter(({ severity }) => severity !== 'warning');
  const warnings = rules.filter(({ severity }) => severity === 'warning');
  return (
    <Page at={at} live>
      <BackLink to="/">Outage Center</BackLink>
      <h1 className="oc-title">Alert rules</h1>
      <Done text={done} />
      <Section
        id="incident-rules"
        title="Rules that open an incident"
        hint="They are judged by what was recorded. What is not known neither fires nor clears a rule."
      >
        <Rules rules={incidents} />
      </Section>
      <Section
        id="warning-rules"
        title="Warnings"
        hint="They are told once and open no incident. A muted rule calls nobody, and says so."
      >
        <Rules rules={warnings} />
      </Section>
    </Page>
  );
}

function Rules({ rules }: { rules: AlertRuleView[] }) {
  const mayChange = useMay('settings.manage');
  return (
    <ul className="oc-lines oc-rules">
      {rules.map((rule) => (
        <li key={rule.rule} id={rule.rule}>
          <div>
            <ToneWord tone={STATES[rule.state].tone}>{STATES[rule.state].word}</ToneWord>
            <Since rule={rule} />
          </div>
          <div>
            <p className="oc-row">
              <b>{rule.title}</b>
              {rule.severity === 'warning' ? (
                <span className="oc-severity oc-band-warning">Warning</span>
              ) : (
                <SeverityBadge severity={rule.severity} />
              )}
            </p>
            <AlertWords words={rule.words} />
            {rule.mute && (
              <p>
                <b>Muted</b> until <Time at={rule.mute.until} /> by {rule.mute.by}: {rule.mute.reason}
              </p>
            )}
            {rule.incidentId !== null && (
              <Link to={`/incidents/${rule.incidentId}`}>Incident {rule.incidentId}</Link>
            )}
          </div>
          <Figures rule={rule} />
          {mayChange && <RuleForms rule={rule} />}
        </li>
      ))}
    </ul>
  );
}

/** How far it is from firing, and who said where that is. */
function Figures({ rule: { value, threshold, unit, goodReadings, changed } }: { rule: AlertRuleView }) {
  return (
    <dl>
      <dt>Now</dt>
      <dd>{value === null ? 'unknown' : valueText(value, unit)}</dd>
      <dt>Threshold</dt>
      <dd>
        {threshold === null ? 'none' : valueText(threshold, unit)}
        {changed && (
          <small>
            set by {changed.by}, <Time at={changed.at} />
          </small>
        )}
      </dd>
      {goodReadings && (
        <>
          <dt>Good again</dt>
          <dd>
            {goodReadings.have} of {goodReadings.need} checks
          </dd>
        </>
      )}
    </dl>
  );
}

function Since({ rule }: { rule: AlertRuleView }) {
  return (
    <small>
      {rule.since && (
        <>
          for <Time at={rule.since} as="for" />
        </>
      )}
      {rule.evaluatedAt ? (
        <>
          {rule.since && ', '}judged <Time at={rule.evaluatedAt} />
        </>
      ) : (
        'not judged yet'
      )}
    </small>
  );
}

/** A rule's value with its unit: `83.3 %`, `2 checks`, `7`, `21 min`. */
function valueText(value: number, unit: AlertRuleView['unit']): string {
  switch (unit) {
    case 'ratio':
      return percentText(value);
    case 'checks':
      return value === 1 ? '1 check' : `${numberText(value)} checks`;
    case 'count':
      return numberText(value);
    case 'seconds':
      return durationText(value * 1000);
  }
}
