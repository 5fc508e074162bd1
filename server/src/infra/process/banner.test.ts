import { describe, expect, it } from 'vitest'
import { banner } from './banner.ts'

const sandbox = { organizationId: 'org-id', appId: 'app-id', key: 'pk_sandbox_x', secret: 'sk_sandbox_y' }
const facts = { url: 'http://127.0.0.1:4000', sandbox, sandboxFile: '/data/.facet/sandbox.json' }

describe('banner', () => {
  it('ends, on a terminal, with the address, the credentials and a call that holds the secret', () => {
    const lines = banner({ ...facts, onTerminal: true })
      .trimEnd()
      .split('\n')
    expect(lines[1]).toBe('Facet is ready at http://127.0.0.1:4000')
    expect(lines.join('\n')).toMatch(/organization +org-id\n +app +app-id\n +key +pk_sandbox_x\n +secret +sk_sandbox_y/)
    expect(lines.at(-1)).toMatch(/^curl -i http:\/\/127\.0\.0\.1:4000\/api\/v1\/profiles .*"x-api-key: sk_sandbox_y"/)
  })

  it('names the file instead of the secret where standard output may be kept', () => {
    const text = banner({ ...facts, onTerminal: false })
    expect(text).not.toContain('sk_sandbox_y')
    expect(text).toContain('/data/.facet/sandbox.json')
  })

  it('is the address alone where there is no sandbox', () => {
    const text = banner({ ...facts, sandbox: undefined, onTerminal: true })
    expect(text).toBe('\nFacet is ready at http://127.0.0.1:4000\n')
  })
})
