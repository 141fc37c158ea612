import { startHeartbeat } from '../../app/worker/heartbeat.server.ts';
import { startWorker } from '../../app/worker/start-worker.server.ts';
import { createTestServices } from '../support/services.ts';

/** A worker with all its loops, to be killed. */
const services = await createTestServices(process.env as Record<string, string>);
startHeartbeat(services, () => undefined);
startWorker(services);
process.send?.('started');
