import { vitePlugin as remix } from '@remix-run/dev';
import { defineConfig } from 'vite';
import remixConfig from './remix.config.js';

export default defineConfig({
  plugins: process.env.VITEST ? [] : [remix(remixConfig)],
  // What the first page load needs, known before it: else Vite finds it on the way, bundles React twice ("Invalid hook
  // call") and reloads in the middle.
  optimizeDeps: {
    include: [
      'react',
      'react-dom',
      'react-dom/client',
      'react/jsx-runtime',
      'react/jsx-dev-runtime',
      '@remix-run/node',
      '@remix-run/react',
      '@shopify/polaris',
      '@shopify/polaris-icons',
      'recharts',
      'zod',
    ],
  },
  // Into the server's build goes what pages use of these: by themselves they are 700 files that each start would read.
  ssr: { noExternal: [/^@shopify\//] },
  build: { sourcemap: false },
});
