import { readFileSync } from 'node:fs'
import { Check, Errors } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { renderWebhooks } from '../../../scripts/docs/webhooks.ts'
import { eventKinds, eventTypes } from '../../src/core/event-types.ts'

describe('docs/webhooks.md', () => {
  it('says what the catalogue of events says; `npm run docs` makes it anew', () => {
    expect(readFileSync('docs/webhooks.md', 'utf8')).toBe(renderWebhooks())
  })

  it('has a line, a section, an example and a schema for every type', () => {
    const text = renderWebhooks()
    const sections = text.split(/^### /m)
    for (const type of eventTypes) {
      const anchor = type.replaceAll('.', '')
      expect(text.split(`| [\`${type}\`](#${anchor}) |`), type).toHaveLength(2)
      const [section, ...others] = sections.filter((part) => part.startsWith(`\`${type}\`\n`))
      expect(others).toEqual([])
      const [example, schema] = [...(section ?? '').matchAll(/```json\n(.*?)\n```/gs)].map(([, json]) =>
        JSON.parse(json ?? ''),
      )
      expect(example).toEqual(eventKinds[type].example)
      expect(schema).toEqual(JSON.parse(JSON.stringify(eventKinds[type].data)))
    }
  })

  it.each(eventTypes)('%s: the example fits the schema, which refuses what it does not name', (type) => {
    const { data, example } = eventKinds[type]
    expect([...Errors(data, example)]).toEqual([])
    expect(Check(data, { ...example, secret: 'x' })).toBe(false)
    const side = example.after === null ? 'before' : 'after'
    expect(Check(data, { ...example, [side]: { ...example[side], secret: 'x' } })).toBe(false)
  })
})
