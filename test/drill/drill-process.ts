import { openDrillWorld } from '../../app/server/drill-world.server.ts';
import { startDrillLoop } from '../../app/worker/feature-loops.server.ts';
import { startHeartbeat } from '../../app/worker/heartbeat.server.ts';
import { createTestServices } from '../support/services.ts';

/** A process that plays drills, to be killed. */
const settings = Object.entries(process.env).filter((entry): entry is [string, string] => Boolean(entry[1]));
const services = await createTestServices(Object.fromEntries(settings));
startHeartbeat(services, () => undefined);
const loop = startDrillLoop(services, (order) => openDrillWorld(services, order));
process.once('SIGTERM', () => void loop.stop().then(() => process.exit(0)));
process.send?.('started');
