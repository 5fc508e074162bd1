import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..', 'src')
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name) && !name.includes('.test.'))
  .map((name) => ({ name, text: readFileSync(join(root, name), 'utf8') }))

/** The files in which the pattern stands, outside comments. */
function filesWith(pattern: RegExp): string[] {
  const bare = (text: string) => text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  return files.filter(({ text }) => pattern.test(bare(text))).map(({ name }) => name)
}

describe('the console', () => {
  it('is read here', () => {
    expect(files.length).toBeGreaterThan(50)
  })

  it('asks the native API through the SDK alone, and beside it the sign-in', () => {
    const asking = filesWith(/\bfetch\(|XMLHttpRequest|EventSource|WebSocket|sendBeacon/)
    // The snippets of Home are texts, in which others call.
    expect(asking.filter((name) => !name.startsWith('pages/home/snippets/'))).toEqual(['session/auth.ts'])
    expect(filesWith(/\bcreateClient\b/)).toEqual(['api/client.ts'])
  })

  it('takes nothing from the server but what the SDK tells of it', () => {
    expect(filesWith(/from '[^']*(?:server|bench|scripts)\//)).toEqual([])
  })

  it('writes no markup out of text, and keeps nothing in the browser but the theme and the last app', () => {
    expect(filesWith(/dangerouslySetInnerHTML|innerHTML|insertAdjacentHTML|document\.write/)).toEqual([])
    expect(filesWith(/localStorage|sessionStorage|indexedDB|document\.cookie/).sort()).toEqual([
      'session/last-app.ts',
      'shell/theme.ts',
    ])
  })
})
