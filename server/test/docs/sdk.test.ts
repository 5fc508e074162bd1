import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { type NativeDocument, nativeDocument, type Schema } from '../../../scripts/docs/native-document.ts'
import { renderOperations } from '../../../scripts/docs/sdk.ts'
import { schemaNames } from '../../../scripts/docs/sdk-names.ts'
import { createTypePrinter } from '../../../scripts/docs/sdk-types.ts'

let document: NativeDocument

beforeAll(async () => {
  document = await nativeDocument()
})

describe('sdk/src/operations.generated.ts', () => {
  it('says what the native dialect takes and answers; `npm run docs` makes it anew', () => {
    expect(readFileSync('sdk/src/operations.generated.ts', 'utf8')).toBe(renderOperations(document, schemaNames))
  })

  it('uses every name that schemas are given', () => {
    const text = renderOperations(document, schemaNames)
    for (const name of Object.keys(schemaNames)) {
      expect(text, name).toMatch(new RegExp(`^export (interface|type) ${name} `, 'm'))
    }
  })
})

describe('a type', () => {
  const text = { type: 'string' }
  const point: Schema = { type: 'object', properties: { x: { type: 'number' } }, required: ['x'] }

  it.each<[Schema, string]>([
    [{ type: 'integer' }, 'number'],
    [{ type: ['string', 'null'] }, 'string | null'],
    [{ type: ['integer', 'number'] }, 'number'],
    [{ type: 'string', enum: ['a', "it's"] }, `'a' | 'it\\'s'`],
    [{ const: 'a' }, `'a'`],
    [{ anyOf: [text, { type: 'null' }] }, 'string | null'],
    [{ type: 'array', items: text }, 'readonly string[]'],
    [{ type: 'array', items: { type: ['integer', 'null'] } }, 'ReadonlyArray<number | null>'],
    [{ type: 'object', additionalProperties: true }, 'Readonly<Record<string, unknown>>'],
    [{ type: 'object', additionalProperties: text }, 'Readonly<Record<string, string>>'],
    [{ type: 'object', patternProperties: { '^.*$': text } }, 'Readonly<Record<string, string>>'],
    [{ ...point, type: ['object', 'null'] }, '{ readonly x: number } | null'],
    [{ type: 'object', properties: { 'a-b': text } }, `{ readonly 'a-b'?: string | undefined }`],
  ])('%j: %s', (schema, type) => {
    expect(createTypePrinter({}).typeOf(schema, '  ')).toBe(type)
  })

  it('has the name of its shape, whatever is said of it, and one declaration', () => {
    const printer = createTypePrinter({ Point: { ...point, description: 'A place' } })
    expect(printer.typeOf({ type: 'array', items: { ...point, description: 'Where' } }, '')).toBe('readonly Point[]')
    expect(printer.typeOf(point, '')).toBe('Point')
    expect(printer.declarations()).toEqual(['/** A place */\nexport interface Point {\n  readonly x: number\n}'])
  })

  it('is refused where it cannot be said', () => {
    const { typeOf } = createTypePrinter({})
    expect(() => typeOf({ type: 'file' }, '')).toThrow('file')
    expect(() => typeOf({ allOf: [point] } as Schema, '')).toThrow('no type')
    expect(() => createTypePrinter({ Point: point, Place: { ...point, description: 'x' } })).toThrow('one shape')
  })
})
