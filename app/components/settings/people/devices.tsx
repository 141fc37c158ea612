import { Form, useSubmit } from '@remix-run/react';
import { Badge } from '@shopify/polaris';
import { useEffect, useState } from 'react';
import type { DeviceResult, DeviceView } from '../../../features/notify/channels/push/device-view.ts';
import { SEVERITIES } from '../../../lib/severity.ts';
import { SubmitButton } from '../../forms/post-form.tsx';
import { Section } from '../../layout/page.tsx';
import { Time } from '../../time.tsx';
import { TestAnswer } from '../../forms/form-fields.tsx';

interface DevicesProps {
  devices: DeviceView[];
  /** What a browser binds its subscription to; null: it cannot be opened with the keys that are set. */
  pushKey: { publicKey: string | null; mayReplace: boolean };
  result: { outcome: string } | null;
}

/** Phones and browsers that wake their person although no page is open. */
export function Devices({ devices, pushKey: { publicKey, mayReplace }, result }: DevicesProps) {
  const here = useHere(devices.map(({ id }) => id).join());
  const isOn = devices.some(({ hash, endedAt }) => endedAt === null && hash === here.hash);
  return (
    <Section
      id="devices"
      title="Phones and browsers that wake you"
      hint="Each is told by its own push service, also while no page is open and you are signed out. A tap opens the incident. It ends when you take it off, or with your access."
    >
      <noscript>Turning one on needs JavaScript.</noscript>
      {publicKey === null ? (
        <>
          <p className="oc-gap">
            None can be told: their key is sealed with a key that is not in DATA_ENCRYPTION_KEYS. Put it back
            there{mayReplace ? ', or make a new one.' : ', or ask an admin to make a new one here.'}
          </p>
          {mayReplace && (
            <Form method="post" action="/account">
              <input type="hidden" name="do" value="device-key" />
              <SubmitButton size="slim">Make a new key: everybody turns their devices on anew</SubmitButton>
            </Form>
          )}
        </>
      ) : (
        !isOn && <TurnOn state={here.state} publicKey={publicKey} />
      )}
      <ul className="oc-people">
        {devices.map((device) => (
          <DeviceRow
            key={device.id}
            device={device}
            isHere={device.hash === here.hash}
            result={isTested(result) && result.id === device.id ? result : null}
          />
        ))}
      </ul>
    </Section>
  );
}

type Tested = Extract<DeviceResult, { outcome: 'device_tested' }>;

const isTested = (result: { outcome: string } | null): result is Tested =>
  result?.outcome === 'device_tested';

type State = 'unknown' | 'unable' | 'install' | 'blocked' | 'ready';

const SENTENCES: Partial<Record<State, string>> = {
  unable: 'This browser cannot be woken here: it needs https, or this machine itself, and push.',
  install:
    'On an iPhone or iPad first put Outage Center on the Home Screen (Share, then Add to Home Screen), and open it from there.',
  blocked:
    'This browser blocks notifications of Outage Center. Allow them in its settings for this site, then come back.',
};

/** What this browser can, and which of the devices it is. @param known looked at again when it changes */
function useHere(known: string): { state: State; hash: string | null } {
  const [here, setHere] = useState<{ state: State; hash: string | null }>({ state: 'unknown', hash: null });
  useEffect(() => {
    void look().then(setHere);
  }, [known]);
  return here;
}

async function look(): Promise<{ state: State; hash: string | null }> {
  if (!('serviceWorker' in navigator) || !('PushManager' in window))
    return { state: /iPhone|iPad/.test(navigator.userAgent) ? 'install' : 'unable', hash: null };
  const registration = await navigator.serviceWorker.getRegistration(WORKER);
  const subscription = await registration?.pushManager.getSubscription();
  return {
    state: Notification.permission === 'denied' ? 'blocked' : 'ready',
    hash: subscription ? await hashOf(subscription) : null,
  };
}

const WORKER = '/push-worker.js';

/** As the server names a subscription. */
async function hashOf(subscription: PushSubscription): Promise<string> {
  const { endpoint, keys } = subscription.toJSON();
  const text = new TextEncoder().encode(`${endpoint} ${keys?.p256dh} ${keys?.auth}`);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', text));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function TurnOn({ state, publicKey }: { state: State; publicKey: string }) {
  const submit = useSubmit();
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const turnOn = async () => {
    setBusy(true);
    setProblem(null);
    try {
      if ((await Notification.requestPermission()) !== 'granted')
        return setProblem('Not turned on: the browser was not allowed to show notifications.');
      const registration = await navigator.serviceWorker.register(WORKER);
      await navigator.serviceWorker.ready;
      // One that is bound to an earlier key refuses another.
      await (await registration.pushManager.getSubscription())?.unsubscribe();
      const subscription = await registration.pushManager.subscribe({
        userVisibleOnly: true,
        applicationServerKey: Uint8Array.from(
          atob(publicKey.replaceAll('-', '+').replaceAll('_', '/')),
          (letter) => letter.charCodeAt(0),
        ),
      });
      submit(
        { do: 'device-add', subscription: JSON.stringify(subscription), name: navigator.userAgent },
        { method: 'post', action: '/account' },
      );
    } catch {
      setProblem('Not turned on: the browser’s push service did not answer, or it is switched off there.');
    } finally {
      setBusy(false);
    }
  };
  if (SENTENCES[state]) return <p className="oc-js">{SENTENCES[state]}</p>;
  return (
    <>
      <p role="status" className="oc-problem">
        {problem}
      </p>
      <button
        type="button"
        className="oc-plain-button oc-js"
        aria-busy={busy}
        disabled={busy || state === 'unknown'}
        onClick={() => void turnOn()}
      >
        Wake me on this device
      </button>
    </>
  );
}

interface RowProps {
  device: DeviceView;
  isHere: boolean;
  result: Tested | null;
}

function DeviceRow({ device, isHere, result }: RowProps) {
  const { id, name, severities, onlyCalled, createdAt, endedAt, endedBecause } = device;
  if (endedAt !== null)
    return (
      <li>
        <div>
          <b>{name}</b>
          <small className="oc-gap">
            Ended <Time at={endedAt} />: {endedBecause}
          </small>
        </div>
      </li>
    );
  return (
    <li>
      <div>
        <b>{name}</b> {isHere && <Badge tone="success">This device</Badge>}
        <small>
          on since <Time at={createdAt} />
        </small>
        <Form method="post" action="/account" className="oc-form">
          <input type="hidden" name="do" value="device-edit" />
          <input type="hidden" name="device" value={id} />
          <fieldset className="oc-fieldset">
            <legend>Wakes me for</legend>
            <div className="oc-row">
              {SEVERITIES.map((severity) => (
                <label key={severity} className="oc-check">
                  <input
                    type="checkbox"
                    name="severity"
                    value={severity}
                    defaultChecked={severities.includes(severity)}
                  />
                  {severity}
                </label>
              ))}
              <label className="oc-check">
                <input type="checkbox" name="only_called" value="yes" defaultChecked={onlyCalled} />
                Only when the ladder calls me
              </label>
            </div>
          </fieldset>
          <SubmitButton size="slim" aria-label={`Keep: ${name}`}>
            Keep
          </SubmitButton>
        </Form>
        <div role="status">{result && <TestAnswer accepted={result.accepted} answer={result.answer} />}</div>
      </div>
      <div className="oc-contacts-actions">
        <DeviceButton id={id} verb="device-test" label={`Send a test: ${name}`}>
          Send a test
        </DeviceButton>
        <DeviceButton id={id} verb="device-remove" label={`Take off: ${name}`}>
          Take off
        </DeviceButton>
      </div>
    </li>
  );
}

function DeviceButton({
  id,
  verb,
  label,
  children,
}: {
  id: number;
  verb: string;
  label: string;
  children: string;
}) {
  return (
    <Form method="post" action="/account">
      <input type="hidden" name="do" value={verb} />
      <input type="hidden" name="device" value={id} />
      <SubmitButton size="slim" aria-label={label}>
        {children}
      </SubmitButton>
    </Form>
  );
}
