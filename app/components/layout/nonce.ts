import { createContext, useContext } from 'react';

/** The Content-Security-Policy nonce of the page; empty in the browser, which hides it from scripts. */
export const NonceContext = createContext<string | undefined>(undefined);

/** For `nonce` of every inline script. */
export const useNonce = () => useContext(NonceContext);
