import type { Services } from '../../../lib/services.server.ts';
import { changeChannels } from './change-channels.server.ts';
import type { ContactsOutcome, VersionedChange } from './change-contacts.server.ts';

/** Removes a channel; what is still to be sent over it goes over the next one. */
export function removeChannel(
  services: Services,
  { channelId, ...change }: VersionedChange & { channelId: string },
): Promise<ContactsOutcome> {
  return changeChannels(services, { ...change, action: 'contacts.remove_channel' }, (channels) => {
    const rest = channels.filter(({ id }) => id !== channelId);
    return rest.length < channels.length ? rest : { outcome: 'changed_meanwhile' };
  });
}
