import { cleanup } from '@testing-library/react';
import { afterEach } from 'vitest';

// What Polaris asks a browser for and jsdom does not have.
window.matchMedia = (media) =>
  ({
    media,
    matches: false,
    onchange: null,
    addListener: () => undefined,
    removeListener: () => undefined,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    dispatchEvent: () => true,
  }) satisfies MediaQueryList;

afterEach(cleanup);
