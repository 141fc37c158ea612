import { tickLook } from '../../app/features/arrival/look/tick-look.server.ts';
import { startBackgroundLoop } from '../../app/worker/background-loop.server.ts';
import { startHeartbeat } from '../../app/worker/heartbeat.server.ts';
import { createTestServices } from '../support/services.ts';

/** A process that looks at Chatwoot's newest as the worker does, to be killed. */
const services = await createTestServices(process.env as Record<string, string>);
startHeartbeat(services, () => undefined);
const { db, log } = services;
startBackgroundLoop({ name: 'arrival', everyMs: 20, db, log }, (signal) =>
  tickLook(services, {
    now: () => new Date(),
    signal,
    findCause: () => Promise.resolve({ kind: 'unknown', sentence: 'Not known.', cure: 'Look.' } as never),
  }),
);
