import type { Schema } from './native-document.ts'

/** Says schemas as TypeScript: where one has a name, that; and the declarations of the names that were used. */
export interface TypePrinter {
  /** The type as an expression. `indent` is that of the line it stands in. Throws for a schema that it cannot say. */
  typeOf(schema: Schema, indent: string): string
  /** One declaration for each name that was used, by name. */
  declarations(): string[]
}

/** `names`: what the types of schemas of these shapes are called. Throws when two have the same shape. */
export function createTypePrinter(names: Readonly<Record<string, Schema>>): TypePrinter {
  const nameByShape = new Map(Object.entries(names).map(([name, schema]) => [shapeOf(schema), name]))
  if (nameByShape.size < Object.keys(names).length) throw new Error('Two names are of one shape')
  const used = new Map<string, Schema>()

  function typeOf(schema: Schema, indent: string): string {
    const name = nameByShape.get(shapeOf(schema))
    if (name === undefined) return plainTypeOf(schema, indent)
    used.set(name, names[name] ?? schema)
    return name
  }

  function plainTypeOf(schema: Schema, indent: string): string {
    if ('const' in schema) return literal(schema.const)
    if (schema.enum !== undefined) return union(schema.enum.map(literal))
    if (schema.anyOf !== undefined) return union(schema.anyOf.map((each) => typeOf(each, indent)))
    if (schema.type === undefined) throw new Error(`This schema has no type: ${JSON.stringify(schema)}`)
    return union([schema.type].flat().map((type) => ofType(type, schema, indent)))
  }

  function ofType(type: string, schema: Schema, indent: string): string {
    switch (type) {
      case 'string':
      case 'boolean':
      case 'null':
        return type
      case 'integer':
      case 'number':
        return 'number'
      case 'array':
        return arrayOf(schema.items === undefined ? 'unknown' : typeOf(schema.items, indent))
      case 'object':
        return objectOf(schema, indent)
    }
    throw new Error(`A schema has the type ${type}, which is unknown`)
  }

  function objectOf(schema: Schema, indent: string): string {
    const { properties, required = [], patternProperties = {}, additionalProperties } = schema
    if (properties !== undefined) return object(membersOf(properties, required, `${indent}  `), indent)
    const others = typeof additionalProperties === 'object' ? [additionalProperties] : []
    const values = [...Object.values(patternProperties), ...others].map((value) => typeOf(value, indent))
    return `Readonly<Record<string, ${values.length === 0 ? 'unknown' : union(values)}>>`
  }

  function membersOf(
    properties: Readonly<Record<string, Schema>>,
    required: readonly string[],
    indent: string,
  ): string[] {
    return Object.entries(properties).map(([name, schema]) => {
      const type = typeOf(schema, indent)
      const said = schema.description === undefined ? '' : comment(schema.description, indent)
      return `${said}${indent}${member(name, type, required.includes(name))}`
    })
  }

  function declarations(): string[] {
    const printed = new Map<string, string>()
    // Printing one may be the first to use another, which the map then goes on to.
    for (const [name, schema] of used) {
      const type = plainTypeOf(schema, '')
      const said = schema.description === undefined ? '' : comment(schema.description, '')
      const declared = type.startsWith('{') ? `interface ${name} ${type}` : `type ${name} =${broken(` ${type}`)}`
      printed.set(name, `${said}export ${declared}`)
    }
    return [...printed].toSorted(([a], [b]) => a.localeCompare(b, 'en')).map(([, declaration]) => declaration)
  }

  return { typeOf, declarations }
}

/** One member of an object type. What may be left out may also be said to be undefined. */
export function member(name: string, type: string, required: boolean): string {
  const key = /^\w+$/.test(name) ? name : literal(name)
  return required ? `readonly ${key}: ${type}` : `readonly ${key}?: ${type} | undefined`
}

const width = 120

/** A doc comment, in one line where it fits. Paragraphs of the text are separated by an empty line. */
export function comment(text: string, indent: string): string {
  const safe = text.replaceAll('*/', '*\\/')
  const line = `${indent}/** ${safe} */\n`
  if (line.length <= width && !safe.includes('\n')) return line
  const lines = safe.split('\n').flatMap((paragraph) => wrapped(paragraph, width - indent.length - 3))
  return `${indent}/**\n${lines.map((each) => `${indent} * ${each}`.trimEnd()).join('\n')}\n${indent} */\n`
}

function wrapped(text: string, room: number): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? ''
    if (last !== '' && last.length + 1 + word.length > room) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines
}

/** An object type of members, each with its indent: within another in one line, where it fits and nothing is said of them. */
export function object(members: readonly string[], indent: string): string {
  const flat = `{ ${members.map((member) => member.trim()).join('; ')} }`
  const fits = indent !== '' && indent.length + flat.length <= 90 && !members.some((member) => /\n|\/\*\*/.test(member))
  return fits ? flat : `{\n${members.join('\n')}\n${indent}}`
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value.replaceAll("'", "\\'")}'` : JSON.stringify(value)
}

function arrayOf(item: string): string {
  return /^\w+$/.test(item) ? `readonly ${item}[]` : `ReadonlyArray<${item}>`
}

function union(types: readonly string[]): string {
  return [...new Set(types)].join(' | ')
}

/** A union that is longer than a line gets a line for each part. */
function broken(type: string): string {
  return type.length <= 100 || type.includes('\n') ? type : `\n  | ${type.trim().split(' | ').join('\n  | ')}`
}

/** What a schema takes, without what it says about it. */
function shapeOf(schema: Schema): string {
  return JSON.stringify(schema, (key, value) =>
    key === 'description' && typeof value === 'string' ? undefined : value,
  )
}
