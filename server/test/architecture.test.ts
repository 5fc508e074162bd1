import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { RULES, type Rule } from './helpers/fence-rules.ts'
import { inspect, printViolation, readTree } from './helpers/import-fence.ts'

describe('the import fence', () => {
  const tree = readTree(fileURLToPath(new URL('../..', import.meta.url)))
  const violations = inspect(tree)

  test.each(Object.entries(RULES) as [Rule, string][])('%s: %s', (rule) => {
    const breaches = violations.filter((violation) => violation.rule === rule).map(printViolation)
    expect(breaches).toEqual([])
  })

  test('the walk reads the sources from the disk, this file and the manifest among them', () => {
    expect(tree.get('server/test/architecture.test.ts')).toContain('the walk reads the sources')
    expect(tree.get('server/package.json')).toContain('"dependencies"')
  })
})
