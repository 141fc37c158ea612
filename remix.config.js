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
      route('api/dead-letters/replay', 'routes/api/dead-letters.ts', {
        id: 'routes/api/dead-letters.replay',
      });
      route('api/dead-letters/plan', 'routes/api/dead-letters.ts', { id: 'routes/api/dead-letters.plan' });
      route('api/dead-letters/discard', 'routes/api/dead-letters.ts', {
        id: 'routes/api/dead-letters.discard',
      });
      route('api/dead-letters/restore', 'routes/api/dead-letters.ts', {
        id: 'routes/api/dead-letters.restore',
      });
      route('api/health/check', 'routes/api/health.check.ts');
      route('api/arrival/prove', 'routes/api/arrival.ts', { id: 'routes/api/arrival.prove' });
      route('api/arrival/register', 'routes/api/arrival.ts', { id: 'routes/api/arrival.register' });
      route('api/gates', 'routes/api/gates.ts');
      route('api/gates/mark', 'routes/api/gates.ts', { id: 'routes/api/gates.mark' });
      route('api/canary', 'routes/api/canary.ts');
      route('api/canary/:id/:decision', 'routes/api/canary.ts', { id: 'routes/api/canary.decide' });
      route('api/fallback/toggle', 'routes/api/fallback.ts', { id: 'routes/api/fallback.toggle' });
      route('api/fallback/steps', 'routes/api/fallback.ts', { id: 'routes/api/fallback.steps' });
      route('api/drills', 'routes/api/drills.ts');
      route('api/drills/:id/:act', 'routes/api/drills.ts', { id: 'routes/api/drills.act' });
      route('api/reconcile', 'routes/api/reconcile.ts');
      route('api/reconcile/withheld', 'routes/api/reconcile.ts', { id: 'routes/api/reconcile.withheld' });
      route('api/waiting/assign', 'routes/api/waiting.assign.ts');
      route('api/strip', 'routes/api/strip.ts');
      route('api/status', 'routes/api/status.ts');
      route('api/openapi.json', 'routes/api/openapi.ts');
      route('api/incidents', 'routes/api/incidents.ts');
      route('api/incidents/:id', 'routes/api/incidents.ts', { id: 'routes/api/incidents.read' });
      route('api/incidents/:id/report', 'routes/api/incidents.report.ts');
      route('api/incidents/:id/report/:verb', 'routes/api/incidents.report.ts', {
        id: 'routes/api/incidents.report.change',
      });
      route('api/incidents/:id/:verb', 'routes/api/incidents.control.ts');
      route('api/replays/:id', 'routes/api/replays.ts', { id: 'routes/api/replays.read' });
      route('api/replays/:id/:verb', 'routes/api/replays.ts', { id: 'routes/api/replays.control' });
    }),
};
