import { vitePlugin as remix } from '@remix-run/dev';
import { defineConfig } from 'vite';
import remixConfig from './remix.config.js';

export default defineConfig({
  plugins: process.env.VITEST ? [] : [remix(remixConfig)],
  // Without these the first cold load in development pre-bundles React twice ("Invalid hook call").
  optimizeDeps: {
    include: [
      'react',
      'react-dom',
      'react-dom/client',
      'react/jsx-runtime',
      'react/jsx-dev-runtime',
      '@remix-run/react',
      '@shopify/polaris',
      'recharts',
    ],
  },
  build: { sourcemap: false },
});
