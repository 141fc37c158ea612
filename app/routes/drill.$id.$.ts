import { redirect, type LoaderFunctionArgs } from '@remix-run/node';
import { authorize } from '../features/access/authorize.server.ts';

/** Links in a drill's messages lead below the drill, e.g. to an incident that is gone with its world. */
export async function loader(args: LoaderFunctionArgs) {
  await authorize(args, 'page.read');
  return redirect(`/drill/${encodeURIComponent(args.params.id ?? '')}`);
}
