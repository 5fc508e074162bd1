import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { renderConfiguration } from '../../../scripts/docs/configuration.ts'

describe('docs/configuration.md', () => {
  it('says what config.ts reads; `npm run docs` makes it anew', () => {
    expect(readFileSync('docs/configuration.md', 'utf8')).toBe(renderConfiguration())
  })
})
