import type { AppLoadContext } from '@remix-run/node';
import type { Caller } from './sign-in.server.ts';

/** A request as the verbs of sign-in take it. */
export function callerOf({ request, context }: { request: Request; context: AppLoadContext }): Caller {
  const { access, services, clientAddress } = context;
  return { access, services, request, address: clientAddress };
}
