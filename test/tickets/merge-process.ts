import { tickMerges } from '../../app/features/tickets/merge/tick-merges.server.ts';
import { startBackgroundLoop } from '../../app/worker/background-loop.server.ts';
import { startHeartbeat } from '../../app/worker/heartbeat.server.ts';
import { createTestServices } from '../support/services.ts';

/** A process that brings tickets into Chatwoot as the worker does, to be killed. */
const services = await createTestServices(process.env as Record<string, string>);
startHeartbeat(services, () => undefined);
const { db, log } = services;
startBackgroundLoop({ name: 'tickets', everyMs: 100, db, log }, (signal) =>
  tickMerges(services, new Date(), signal),
);
