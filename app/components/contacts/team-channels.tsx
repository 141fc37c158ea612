import type { EnvironmentChannelView } from '../../features/incidents/contacts/contacts-view.ts';
import { CHANNEL_WORDS } from '../../features/notify/channel-words.ts';
import { Section } from '../section.tsx';
import { TestButton } from './test-button.tsx';

/** The channels of the environment: told of every incident and warning, whoever is to be told besides. */
export function TeamChannels({ channels, may }: { channels: EnvironmentChannelView[]; may: boolean }) {
  const none = channels.every(({ address }) => address === null);
  return (
    <Section
      id="team"
      title="Told of everything"
      hint="These are set in the app’s environment and hear of every incident and warning. Addresses that are secrets are never shown whole."
    >
      {none && <p className="oc-gap">None is set: only the contacts are told.</p>}
      <ul className="oc-channels">
        {channels.map(({ kind, address, settings, problem }) => (
          <li key={kind}>
            <div>
              <b>{CHANNEL_WORDS[kind]}</b>{' '}
              {address ?? (
                <span className="oc-quiet">
                  not set: <code>{settings}</code>
                </span>
              )}
              {problem && <p className="oc-gap">{problem}</p>}
            </div>
            {may && address !== null && (
              <div className="oc-contacts-actions">
                <TestButton
                  form={`test-${kind}`}
                  fields={{ kind }}
                  label={`${CHANNEL_WORDS[kind]} of the team`}
                />
              </div>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}
