import {
  json,
  redirect,
  type ActionFunctionArgs,
  type LoaderFunctionArgs,
  type MetaFunction,
} from '@remix-run/node';
import { useActionData, useLoaderData } from '@remix-run/react';
import { pageMeta } from '../components/layout/shell-state.tsx';
import { AccountPage } from '../components/settings/people/account-page.tsx';
import { changeAccountByForm } from '../features/access/account/account-form.server.ts';
import { listTokens, readAccount } from '../features/access/account/own-account.server.ts';
import { type Asker, holds, TOKEN_PERMISSIONS } from '../features/access/permissions.ts';
import { authorize, authorizeForm } from '../features/access/authorize.server.ts';
import { callerOf } from '../features/access/sign-in/sign-in.server.ts';
import { changeDevicesByForm } from '../features/notify/channels/push/devices-form.server.ts';
import { readDevices, readOrMakePushKey } from '../features/notify/channels/push/devices.server.ts';
import { cookiesOf } from '../features/access/sign-in/create-auth.server.ts';

export const meta: MetaFunction = (args) => pageMeta(args, 'Account');

const NO_STORE = { 'Cache-Control': 'no-store' };

export async function loader(args: LoaderFunctionArgs) {
  const asker = await authorize(args, 'account.own');
  const { services } = args.context;
  const now = services.db.clock.now();
  const account = await readAccount(services, asker.personId!, asker.sessionToken, now);
  const tokens = holds(asker, 'tokens.manage')
    ? {
        list: await listTokens(services, now),
        permissions: TOKEN_PERMISSIONS.filter((permission) => holds(asker, permission)),
      }
    : null;
  const key = await readOrMakePushKey(services, now);
  const devices = await readDevices(services, asker.personId!, now);
  const done = new URL(args.request.url).searchParams.get('done');
  return json(
    {
      ...{ at: now.toISOString(), account, tokens, devices, done },
      pushKey: { publicKey: key?.publicKey ?? null, mayReplace: holds(asker, 'settings.manage') },
    },
    { headers: NO_STORE },
  );
}

export async function action(args: ActionFunctionArgs) {
  const { actor: asker, form } = await authorizeForm(args, 'account.own');
  // Making and revoking tokens is a right of its own.
  if (form.fields.get('do')?.startsWith('token-')) await authorize(args, 'tokens.manage');
  // It ends everybody's devices.
  if (form.fields.get('do') === 'device-key') await authorize(args, 'settings.manage');
  if (form.fields.get('do')?.startsWith('device-')) return changeDevices(args, form.fields, asker);
  const result = await changeAccountByForm(callerOf(args), {
    fields: form.fields,
    asker,
    now: args.context.services.db.clock.now(),
  });
  if (result.outcome === 'done')
    return redirect(result.at ?? `/account?done=${result.done}`, {
      status: 303,
      headers: result.headers ? cookiesOf(result.headers) : undefined,
    });
  return json(result, { status: result.outcome === 'problem' ? result.status : 200, headers: NO_STORE });
}

/** Phones and browsers that are woken are somebody's own, and no way in. */
async function changeDevices(
  { context: { services } }: ActionFunctionArgs,
  fields: URLSearchParams,
  asker: Asker,
) {
  const actor = { ...asker, personId: asker.personId! };
  const result = await changeDevicesByForm(services, { fields, actor, now: services.db.clock.now() });
  if (result.outcome === 'device_done') return redirect(`/account?done=${result.done}`, 303);
  return json(result, { status: result.outcome === 'problem' ? result.status : 200, headers: NO_STORE });
}

export default function Account() {
  return <AccountPage {...useLoaderData<typeof loader>()} result={useActionData<typeof action>() ?? null} />;
}
