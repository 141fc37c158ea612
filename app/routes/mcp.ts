import type { ActionFunctionArgs } from '@remix-run/node';
import { answerMcp } from '../features/api/mcp.server.ts';
import { methodNotAllowed } from '../lib/http/form-action.server.ts';

/** There is no stream to listen to: every request is answered by itself. */
export const loader = methodNotAllowed;

export const action = (args: ActionFunctionArgs): Promise<Response> => answerMcp(args);
