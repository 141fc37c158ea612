import { type GuidePhase, customerNotice, slackNotice, statusNotice, vendorTicket } from './guide-steps.ts';

/** Runbook section 1, "Chatwoot down", step by step. */
export const CHATWOOT_GUIDE: GuidePhase[] = [
  {
    phase: 'Immediate response',
    minutes: 5,
    steps: [
      {
        key: 'chatwoot.scope',
        title: 'Verify the outage scope',
        help: 'The app asks Chatwoot now: liveness, API and token. It should answer 200.',
        check: 'scope',
      },
      {
        key: 'chatwoot.status_page',
        title: "Check Chatwoot's status page",
        help: 'If there is one for your Chatwoot: it may already say what is wrong and for how long.',
        link: ({ statusPageUrl, hosting }) =>
          statusPageUrl || hosting === 'saas'
            ? { to: statusPageUrl ?? 'https://status.chatwoot.com', label: 'Open the status page' }
            : null,
      },
      {
        key: 'chatwoot.fallback',
        title: 'Enable fallback mode',
        help: 'Automation pauses, nothing is lost, and customers are directed to email.',
        link: () => ({ to: '/fallback', label: 'Go to fallback mode' }),
      },
      {
        key: 'chatwoot.notice',
        title: 'Post a notice in the #support Slack channel',
        help: 'Fallback mode posts it by itself where Slack is set up.',
        text: slackNotice,
      },
      {
        key: 'chatwoot.customers',
        title: 'Direct customers to the email fallback',
        text: customerNotice,
      },
      {
        key: 'chatwoot.own_status_page',
        title: 'Update your own status page, if you have one',
        help: 'Publishing an update does it, and directs customers to email with it.',
        link: ({ incidentId }) => ({ to: `/incidents/${incidentId}/update`, label: 'Publish an update' }),
        text: statusNotice,
      },
    ],
  },
  {
    phase: 'Investigation',
    minutes: 15,
    steps: [
      {
        key: 'chatwoot.health_history',
        title: 'Check what the health checks recorded',
        help: 'The last checks as they are on record; "npm run ops:check-chatwoot-health" writes one as a file.',
        check: 'health_history',
        link: () => ({ to: '/health', label: 'All checks' }),
      },
      {
        key: 'chatwoot.logs',
        title: "Check Chatwoot's own logs",
        help: 'On the machine that runs Chatwoot.',
        hosting: 'self_hosted',
        text: () => 'docker logs chatwoot-web --tail 100',
      },
      {
        key: 'chatwoot.connectivity',
        title: 'Verify connectivity',
        help: 'Name, connection and certificate, as ping, nslookup and curl would show them.',
        check: 'connectivity',
      },
      {
        key: 'chatwoot.dependencies',
        title: 'Check the services that Chatwoot depends on',
        help: 'Database and Redis as Chatwoot itself reports them, mail delivery, and every additional target such as file storage.',
        check: 'dependencies',
      },
    ],
  },
  {
    phase: 'Escalation',
    minutes: null,
    steps: [
      {
        key: 'chatwoot.tell_manager',
        title: 'After 10 minutes: notify manager and CEO',
        help: 'The ladder does it by itself; where it says "nobody to tell", call them.',
        roles: ['Engineering Manager', 'CEO'],
      },
      {
        key: 'chatwoot.tell_infrastructure',
        title: 'After 30 minutes: contact the infrastructure team',
        help: 'The ladder does it by itself; where it says "nobody to tell", call them.',
        hosting: 'self_hosted',
        roles: ['Infrastructure'],
      },
      {
        key: 'chatwoot.vendor_ticket',
        title: 'Open a support ticket with Chatwoot',
        hosting: 'saas',
        text: vendorTicket,
      },
    ],
  },
  {
    phase: 'Recovery',
    minutes: null,
    steps: [
      {
        key: 'chatwoot.restored',
        title: 'Service restored',
        help: 'Every check of Chatwoot passes.',
        check: 'restored',
      },
      {
        key: 'chatwoot.webhook_delivery',
        title: 'Verify webhook delivery',
        help: 'A test message is sent through Chatwoot, seen arriving here, and received by the Agent service.',
        link: ({ incidentId }) => ({ to: `/incidents/${incidentId}/recovery`, label: 'Verify the recovery' }),
      },
      {
        key: 'chatwoot.backlog',
        title: 'Check the queue of waiting customers',
        help: 'Review pending conversations, those at risk of breaching the SLA first, and assign them to available agents.',
        link: () => ({ to: '/waiting', label: 'Customers waiting' }),
      },
      {
        key: 'chatwoot.report',
        title: 'Post-mortem within 24 hours',
        help: 'Root cause, timeline, preventive measures.',
        link: ({ incidentId }) => ({ to: `/incidents/${incidentId}/report`, label: 'Incident report' }),
      },
    ],
  },
];
