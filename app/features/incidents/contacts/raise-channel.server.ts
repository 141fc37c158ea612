import type { Services } from '../../../lib/services.server.ts';
import { changeChannels } from './change-channels.server.ts';
import type { ContactsOutcome, VersionedChange } from './change-contacts.server.ts';

/** Makes a channel the first that is tried. */
export function raiseChannel(
  services: Services,
  { channelId, ...change }: VersionedChange & { channelId: string },
): Promise<ContactsOutcome> {
  return changeChannels(services, { ...change, action: 'contacts.raise_channel' }, (channels) => {
    const chosen = channels.find(({ id }) => id === channelId);
    return chosen
      ? [chosen, ...channels.filter((channel) => channel !== chosen)]
      : { outcome: 'changed_meanwhile' };
  });
}
