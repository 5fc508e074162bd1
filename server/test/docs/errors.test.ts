import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { renderErrors } from '../../../scripts/docs/errors.ts'
import { details } from '../../src/dialects/native/errors.ts'

describe('docs/errors.md', () => {
  it('says what the native dialect answers; `npm run docs` makes it anew', () => {
    expect(readFileSync('docs/errors.md', 'utf8')).toBe(renderErrors())
  })

  it('has one line for every code, with its status, its meaning and what to do', () => {
    const text = renderErrors()
    for (const code of Object.keys(details)) {
      const lines = text.split('\n').filter((line) => line.startsWith(`| \`${code}\` |`))
      expect(lines, code).toHaveLength(1)
      expect(lines[0]).toMatch(/^\| `\w+` \| [45]\d\d \| \S.+ \| \S.+ \|$/)
    }
  })
})
