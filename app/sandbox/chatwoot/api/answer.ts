/** Answer of one API call; `body` undefined means an empty one. */
export interface ApiAnswer {
  status: number;
  body?: unknown;
}

export const ok = (body?: unknown): ApiAnswer => ({ status: 200, body });
export const notFound = (): ApiAnswer => ({ status: 404, body: { error: 'Resource could not be found' } });
/** @param attribute which attribute is wrong, as Rails names it */
export const invalid = (message: string, attribute: string): ApiAnswer => ({
  status: 422,
  body: { message, attributes: [attribute] },
});

/** A token that is right, but not for this. */
export const UNAUTHORIZED: ApiAnswer = {
  status: 401,
  body: { error: 'You are not authorized to do this action' },
};
