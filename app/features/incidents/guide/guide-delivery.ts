import type { GuidePhase } from './guide-steps.ts';

/** Runbook section 2, "Webhook failure escalation", step by step. */
export const DELIVERY_GUIDE: GuidePhase[] = [
  {
    phase: 'Immediate response',
    minutes: 3,
    steps: [
      {
        key: 'delivery.agent',
        title: 'Check the Agent service',
        help: 'The app asks its /health now. It should answer 200.',
        check: 'scope',
      },
      {
        key: 'delivery.logs',
        title: 'Review recent webhook deliveries',
        help: "What the last attempts were answered. The Agent service's own logs:",
        check: 'recent_attempts',
        text: () => 'fly logs -a hotdash-agent-service --tail 50',
      },
      {
        key: 'delivery.signature',
        title: 'Verify the webhook signature',
        help: "CHATWOOT_WEBHOOK_SECRET compared with Chatwoot's own list of webhooks.",
        check: 'signature',
      },
    ],
  },
  {
    phase: 'Investigation',
    minutes: 10,
    steps: [
      {
        key: 'delivery.retry_metrics',
        title: 'Check the retry metrics',
        help: 'How the runs of the last hour ended, from the facts.',
        check: 'retry_metrics',
      },
      {
        key: 'delivery.dead_letters',
        title: 'Inspect the dead letters',
        help: 'What they died of, the biggest group first.',
        check: 'dead_letters',
        link: () => ({ to: '/delivery#dead-letters', label: 'Dead letters' }),
      },
      {
        key: 'delivery.test_webhook',
        title: 'Test the webhook endpoint',
        help: 'Sends {"event": "message_created", "test": true} to the Agent service, as the runbook does by hand.',
        check: 'agent_endpoint',
      },
    ],
  },
  {
    phase: 'Escalation',
    minutes: null,
    steps: [
      {
        key: 'delivery.tell_lead',
        title: 'P1 and worse after 10 minutes: notify the support lead',
        help: 'The ladder does it by itself; where it says "nobody to tell", call them.',
        roles: ['Support Lead'],
      },
      {
        key: 'delivery.fallback',
        title: 'If it lasts: answer by hand in fallback mode',
        link: () => ({ to: '/fallback', label: 'Go to fallback mode' }),
      },
    ],
  },
  {
    phase: 'Recovery',
    minutes: null,
    steps: [
      {
        key: 'delivery.restored',
        title: 'Service restored',
        help: 'The Agent service answers its health check.',
        check: 'restored',
      },
      {
        key: 'delivery.replay',
        title: 'Replay failed webhooks',
        help: 'One click sends them again, in order; then verify that they were processed.',
        settled: ({ deadLetters }) =>
          deadLetters ? null : 'No dead letter is open: there is nothing left to replay.',
        link: () => ({ to: '/delivery#dead-letters', label: 'Replay dead letters' }),
      },
      {
        key: 'delivery.watch',
        title: 'Watch webhook health for 30 minutes',
        link: ({ incidentId }) => ({ to: `/incidents/${incidentId}/recovery`, label: 'Verify the recovery' }),
      },
      {
        key: 'delivery.report',
        title: 'Incident report within 24 hours',
        link: ({ incidentId }) => ({ to: `/incidents/${incidentId}/report`, label: 'Incident report' }),
      },
    ],
  },
];
