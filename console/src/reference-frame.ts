/** The document in the frame of the Reference page: one dialect's OpenAPI document, drawn by Scalar (see build/scalar.ts). */
import './reference-frame.css'
import { dialectPrefix } from './pages/reference/prefixes.ts'

declare const Scalar: { createApiReference(selector: string, configuration: object): void }

const parameters = new URLSearchParams(location.search)
const dark = matchMedia('(prefers-color-scheme: dark)').matches
const { theme } = document.documentElement.dataset
const isDark = theme === 'dark' || (theme !== 'light' && dark)

Scalar.createApiReference('#reference', {
  url: `${dialectPrefix(parameters.get('dialect') ?? 'native')}/openapi.json`,
  theme: 'none',
  forceDarkModeState: isDark ? 'dark' : 'light',
  hideDarkModeToggle: true,
  withDefaultFonts: false,
  hideClientButton: true,
  // Calls are made by the snippets of Home, with a key at hand.
  hideTestRequestButton: true,
  showDeveloperTools: 'never',
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  defaultHttpClient: { targetKey: 'shell', clientKey: 'curl' },
})
