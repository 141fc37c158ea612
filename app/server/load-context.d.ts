import '@remix-run/node';
import type { Access } from '../features/access/access.server.ts';
import type { Intake } from '../features/intake/intake.ts';
import type { Services } from '../lib/services.server.ts';

declare module '@remix-run/node' {
  /** What the composition root hands to every loader and action. */
  interface AppLoadContext {
    services: Services;
    intake: Intake;
    access: Access;
    /** Address of the sandbox's control server; set only by the demo launcher and by tests. */
    sandboxUrl: string | undefined;
    /** For inline scripts of the page that answers this request. */
    cspNonce: string;
    /** Address that the request came from, for the audit log. */
    clientAddress: string | null;
    /** Resolves when the client has taken what was written to it: a large stream waits for it. */
    drained: () => Promise<void>;
    /** Aborted when the client has gone; for answers that do not end by themselves. */
    left: () => AbortSignal;
  }
}
