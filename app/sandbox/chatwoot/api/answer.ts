/** Answer of one API call; `body` undefined means an empty one. */
export interface ApiAnswer {
  status: number;
  body?: unknown;
  /** A page in place of JSON: Rails' own for what no controller answers. */
  html?: string;
  /** How long it takes, ms. */
  waitMs?: number;
}

export const ok = (body?: unknown): ApiAnswer => ({ status: 200, body });
export const notFound = (): ApiAnswer => ({ status: 404, body: { error: 'Resource could not be found' } });
/** @param attributes which are wrong, as Rails names them */
export const invalid = (message: string, ...attributes: string[]): ApiAnswer => ({
  status: 422,
  body: { message, attributes },
});

/** A token that is right, but not for this. */
export const UNAUTHORIZED: ApiAnswer = {
  status: 401,
  body: { error: 'You are not authorized to do this action' },
};

/** What Rails says when something was raised that nobody rescued. */
export const SERVER_ERROR: ApiAnswer = { status: 500, body: { status: 500, error: 'Internal Server Error' } };

/** A path that no route knows. */
export const NO_SUCH_PATH: ApiAnswer = {
  status: 404,
  html: "<!DOCTYPE html>\n<html><head><title>The page you were looking for doesn't exist (404)</title></head><body></body></html>\n",
};

/** JSON that cannot be read is refused before any controller. */
export const UNREADABLE: ApiAnswer = { status: 400, html: '' };
