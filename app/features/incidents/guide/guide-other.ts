import { type GuideCheck, type GuidePhase, type GuideStepDefinition, slackNotice } from './guide-steps.ts';

const notice: GuideStepDefinition = {
  key: 'other.notice',
  title: 'Post a notice in the #support Slack channel',
  text: slackNotice,
};

/**
 * For causes that the runbook has no section of its own for: the same phases and clocks as section 2, with the checks that
 * bear on the cause.
 */
function guideOf(
  first: GuideStepDefinition,
  looks: GuideStepDefinition[],
  restored?: GuideCheck,
): GuidePhase[] {
  return [
    { phase: 'Immediate response', minutes: 3, steps: [first, notice] },
    { phase: 'Investigation', minutes: 10, steps: looks },
    {
      phase: 'Escalation',
      minutes: null,
      steps: [
        {
          key: 'other.fallback',
          title: 'If customers are affected: answer by hand in fallback mode',
          link: () => ({ to: '/fallback', label: 'Go to fallback mode' }),
        },
      ],
    },
    {
      phase: 'Recovery',
      minutes: null,
      steps: [
        ...(restored
          ? [
              {
                key: 'other.restored',
                title: 'Service restored',
                check: restored,
              } satisfies GuideStepDefinition,
            ]
          : []),
        {
          key: 'other.verify',
          title: 'Verify the recovery end to end',
          link: ({ incidentId }) => ({
            to: `/incidents/${incidentId}/recovery`,
            label: 'Verify the recovery',
          }),
        },
        {
          key: 'other.backlog',
          title: 'Check the queue of waiting customers',
          help: 'What never arrived is fetched from Chatwoot there.',
          link: () => ({ to: '/waiting', label: 'Customers waiting' }),
        },
        {
          key: 'other.report',
          title: 'Incident report within 24 hours',
          link: ({ incidentId }) => ({ to: `/incidents/${incidentId}/report`, label: 'Incident report' }),
        },
      ],
    },
  ];
}

const connectivity: GuideStepDefinition = {
  key: 'other.connectivity',
  title: 'Verify connectivity',
  help: 'Name, connection and certificate.',
  check: 'connectivity',
};
const scope: GuideStepDefinition = {
  key: 'other.scope',
  title: 'Verify the outage scope',
  help: 'The app runs every check now.',
  check: 'scope',
};
const history: GuideStepDefinition = {
  key: 'other.health_history',
  title: 'Check what the health checks recorded',
  check: 'health_history',
  link: () => ({ to: '/health', label: 'All checks' }),
};

/** Our own endpoint does not answer from outside: Chatwoot's webhooks are being lost, and must be fetched afterwards. */
export const INTAKE_GUIDE = guideOf(
  {
    key: 'other.intake',
    title: 'Verify that webhooks can reach us',
    help: 'The app asks its own address from outside: proxy, certificate, name.',
    check: 'scope',
  },
  [
    {
      key: 'other.signature',
      title: 'Verify the webhook configuration in Chatwoot',
      help: "Address and secret compared with Chatwoot's own list of webhooks.",
      check: 'signature',
      registers: true,
    },
    connectivity,
    history,
  ],
  'restored',
);

/** Chatwoot works, and its webhooks do not come, or come late. */
export const ARRIVAL_GUIDE = guideOf(
  {
    key: 'other.registration',
    title: "Check Chatwoot's webhook to us",
    help: 'Address, events and secret compared with Chatwoot\'s own list. Where it is missing, changed or has another secret: an admin registers it again, here or with "npm run ops:connect-chatwoot".',
    check: 'signature',
    registers: true,
    link: () => ({ to: '/health#arrival', label: 'Do messages arrive?' }),
  },
  [
    {
      key: 'other.workers',
      title: "Check Chatwoot's workers (Sidekiq)",
      help: 'On the machine that runs Chatwoot: whether a Sidekiq process is up, and what it logs. Restarted, it sends what is still in its queue.',
      text: () => 'docker compose ps; docker logs chatwoot-sidekiq --tail 100',
    },
    {
      key: 'other.private_address',
      title: 'Check that Chatwoot may post to our address',
      help: 'Chatwoot 4.14 and later posts to private addresses only with SAFE_FETCH_ALLOW_PRIVATE_NETWORK=true.',
    },
    connectivity,
  ],
);

/** Nothing answers: most likely our own network. */
export const NETWORK_GUIDE = guideOf(
  { ...scope, help: 'Whether anything at all answers by now.' },
  [
    {
      key: 'other.own_network',
      title: 'Check the network of the machine that runs this app',
      help: 'Name servers, routes, firewall, the provider.',
    },
    connectivity,
    history,
  ],
  'restored',
);

export const TARGET_GUIDE = guideOf(
  { ...scope, check: 'component', help: 'What the last check of it said.' },
  [connectivity, history],
  'restored',
);

export const MANUAL_GUIDE = guideOf(scope, [history, connectivity]);
