import { startHeartbeat } from '../../app/worker/heartbeat.server.ts';
import { startNotifier } from '../../app/worker/feature-loops.server.ts';
import { createTestServices } from '../support/services.ts';

/** A process that sends notifications, to be killed. */
const services = await createTestServices(process.env as Record<string, string>);
startHeartbeat(services, () => undefined);
startNotifier(services);
process.send?.('started');
