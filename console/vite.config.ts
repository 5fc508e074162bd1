import { join } from 'node:path'
import tailwind from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { compressed } from './build/compressed.ts'
import { scalarFile } from './build/scalar.ts'

const root = import.meta.dirname
/** What the server answers while the console itself is worked on. */
const served = ['/facet/v1', '/console/auth', '^/[a-z]+/openapi\\.json$']

export default defineConfig({
  root,
  base: '/console/',
  plugins: [react(), tailwind(), scalarFile(), compressed()],
  build: {
    outDir: join(root, 'dist'),
    emptyOutDir: true,
    target: 'es2023',
    // Inlined files would need data: in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: ['index.html', 'reference.html'].map((name) => join(root, name)) },
  },
  server: { proxy: Object.fromEntries(served.map((path) => [path, 'http://127.0.0.1:4000'])) },
})
