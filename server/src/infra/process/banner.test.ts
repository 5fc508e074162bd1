import { describe, expect, it } from 'vitest'
import { banner } from './banner.ts'

const operator = { email: 'developer@sandbox.local', password: 'a-random-password' }
const sandbox = { organizationId: 'org-id', appId: 'app-id', key: 'pk_sandbox_x', secret: 'sk_sandbox_y', operator }
const file = '/data/.facet/sandbox.json'
const facts = { url: 'http://127.0.0.1:4000', sandbox, sandboxFile: file, setupUrl: undefined }

describe('banner', () => {
  it('ends, on a terminal, with the address, the credentials and a call that holds the secret', () => {
    const lines = banner({ ...facts, onTerminal: true })
      .trimEnd()
      .split('\n')
    expect(lines[1]).toBe('Facet is ready at http://127.0.0.1:4000')
    expect(lines.join('\n')).toMatch(/organization +org-id\n +app +app-id\n +key +pk_sandbox_x\n +secret +sk_sandbox_y/)
    expect(lines.at(-1)).toMatch(/^curl -i http:\/\/127\.0\.0\.1:4000\/api\/v1\/profiles .*"x-api-key: sk_sandbox_y"/)
  })

  it('tells, on a terminal, where the console is and what to sign in with', () => {
    const text = banner({ ...facts, onTerminal: true })
    expect(text).toMatch(/console +http:\/\/127\.0\.0\.1:4000\/console\n +sign in as +developer@sandbox\.local\n/)
    expect(text).toMatch(/password +a-random-password\n/)
  })

  it('names the file instead of the secret and the password where standard output may be kept', () => {
    const text = banner({ ...facts, onTerminal: false })
    expect(text).not.toContain('sk_sandbox_y')
    expect(text).not.toContain('a-random-password')
    expect(text).toContain(file)
  })

  it('tells no password that the operator has changed', () => {
    const changed = { ...sandbox, operator: { ...operator, password: undefined } }
    const text = banner({ ...facts, sandbox: changed, onTerminal: true })
    expect(text).toContain('developer@sandbox.local')
    expect(text).not.toContain('password')
  })

  it('is the address and the console where there is no sandbox', () => {
    const text = banner({ ...facts, sandbox: undefined, onTerminal: true })
    expect(text).toBe('\nFacet is ready at http://127.0.0.1:4000\n\n  console       http://127.0.0.1:4000/console\n')
  })

  it('gives the link for the first operator also where nobody reads along: it has no other way out', () => {
    const setupUrl = 'https://profiles.example.com/console/set-up#token=abc'
    const text = banner({ ...facts, sandbox: undefined, setupUrl, onTerminal: false })
    expect(text).toContain(`\n${setupUrl}\n`)
  })
})
