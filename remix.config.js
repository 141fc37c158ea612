/**
 * Options of the Remix Vite plugin, imported by vite.config.ts.
 * Machine endpoints and actions under routes/api are registered here because flat-route file names
 * do not look into folders.
 * @type {import('@remix-run/dev').VitePluginConfig}
 */
export default {
  ignoredRouteFiles: ['**/*.server.*', '**/*.test.*', 'api/**'],
  future: {
    v3_fetcherPersist: true,
    v3_relativeSplatPath: true,
    v3_throwAbortReason: true,
    v3_lazyRouteDiscovery: false,
    v3_singleFetch: false,
  },
  routes: (define) =>
    define((route) => {
      route('api/webhooks/chatwoot', 'routes/api/webhooks.chatwoot.ts');
      route('api/dead-letters/replay', 'routes/api/dead-letters.replay.ts');
      route('api/dead-letters/plan', 'routes/api/dead-letters.plan.ts');
      route('api/dead-letters/discard', 'routes/api/dead-letters.discard.ts');
      route('api/dead-letters/restore', 'routes/api/dead-letters.restore.ts');
      route('api/health/check', 'routes/api/health.check.ts');
      route('api/arrival/prove', 'routes/api/arrival.prove.ts');
      route('api/arrival/register', 'routes/api/arrival.register.ts');
      route('api/gates', 'routes/api/gates.ts');
      route('api/gates/mark', 'routes/api/gates.mark.ts');
      route('api/canary', 'routes/api/canary.ts');
      route('api/canary/:id/:decision', 'routes/api/canary.decide.ts');
      route('api/fallback/toggle', 'routes/api/fallback.toggle.ts');
      route('api/fallback/steps', 'routes/api/fallback.steps.ts');
      route('api/drills', 'routes/api/drills.ts');
      route('api/drills/:id/:act', 'routes/api/drills.act.ts');
      route('api/reconcile', 'routes/api/reconcile.ts');
      route('api/reconcile/withheld', 'routes/api/reconcile.withheld.ts');
      route('api/waiting/assign', 'routes/api/waiting.assign.ts');
      route('api/strip', 'routes/api/strip.ts');
      route('api/status', 'routes/api/status.ts');
      route('api/openapi.json', 'routes/api/openapi.ts');
      route('api/incidents', 'routes/api/incidents.ts');
      route('api/incidents/:id', 'routes/api/incidents.read.ts');
      route('api/incidents/:id/report', 'routes/api/incidents.report.ts');
      route('api/incidents/:id/report/:verb', 'routes/api/incidents.report.change.ts');
      route('api/incidents/:id/:verb', 'routes/api/incidents.control.ts');
      route('api/replays/:id', 'routes/api/replays.read.ts');
      route('api/replays/:id/:verb', 'routes/api/replays.control.ts');
    }),
};
