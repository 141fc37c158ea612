import { startHealthLoop } from '../../app/worker/feature-loops.server.ts';
import { startHeartbeat } from '../../app/worker/heartbeat.server.ts';
import { createTestServices } from '../support/services.ts';

/** A process of the cluster that makes health checks, until it is killed. */
const settings = Object.entries(process.env).filter((entry): entry is [string, string] => Boolean(entry[1]));
const services = await createTestServices(Object.fromEntries(settings));
startHeartbeat(services, () => undefined);
startHealthLoop(services);
process.send?.(services.processId);
