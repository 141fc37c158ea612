import { parseRowNumber } from '../../../../lib/http/form-fields.ts';
import type { Services } from '../../../../lib/services.server.ts';
import { SEVERITIES } from '../../../../lib/severity.ts';
import { sendTest } from '../../send-test.server.ts';
import type { DeviceResult } from './device-view.ts';
import { deviceName } from './device-view.ts';
import {
  addDevice,
  changeDevice,
  type OwnChange,
  readDevices,
  readSubscription,
  removeDevice,
  replacePushKey,
} from './devices.server.ts';

const problem = (text: string, status = 400): DeviceResult => ({ outcome: 'problem', problem: text, status });
const done = (code: string): DeviceResult => ({ outcome: 'device_done', done: code });

/** Does what a form about somebody's own devices asks for; its field `do` names it. */
export async function changeDevicesByForm(
  services: Services,
  { fields, actor, now }: OwnChange & { fields: URLSearchParams },
): Promise<DeviceResult> {
  const verb = fields.get('do');
  if (verb === 'device-add') {
    const told = readSubscription(fields.get('subscription') ?? '', services.config);
    if (!told) return problem('Not turned on: what the browser said of its push service was not understood.');
    const name = deviceName((fields.get('name') ?? '').slice(0, 400));
    const added = await addDevice(services, {
      ...{ actor, now, name, told },
      ...{ severities: ['P0', 'P1'], onlyCalled: false },
    });
    return added === 'changed'
      ? done('device_on')
      : problem('Not turned on: take another device off first.', 409);
  }
  if (verb === 'device-key')
    return done((await replacePushKey(services, { actor, now })) ? 'device_key' : 'nothing');
  const id = parseRowNumber(fields.get('device'));
  const own = await readDevices(services, actor.personId, now);
  if (id === null || !own.some((device) => device.id === id && device.endedAt === null))
    return problem('There is no such device any more.', 404);
  switch (verb) {
    case 'device-edit': {
      const severities = SEVERITIES.filter((one) => fields.getAll('severity').includes(one));
      if (severities.length === 0) return problem('Choose at least one severity, or take the device off.');
      const onlyCalled = fields.get('only_called') === 'yes';
      return done(
        (await changeDevice(services, { id, actor, now, severities, onlyCalled })) ? 'device' : 'nothing',
      );
    }
    case 'device-remove':
      return done((await removeDevice(services, { id, actor, now })) ? 'device_off' : 'nothing');
    case 'device-test': {
      const sent = await sendTest(services, { kind: 'push', of: 'device', deviceId: id }, { actor, now });
      if (sent.outcome === 'too_soon')
        return problem('Not sent: the last test went there a moment ago.', 429);
      return { outcome: 'device_tested', id, accepted: sent.outcome === 'accepted', answer: sent.answer };
    }
    case null:
    default:
      return problem('The form was not understood.');
  }
}
