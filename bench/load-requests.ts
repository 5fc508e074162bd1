import { textOf } from './load-connection.ts'
import { newReference, seededReference } from './references.ts'

/**
 * What is asked of whom. In path, headers and body `{new}` is a fresh reference, `{seeded}` that of one of the first rows, and any other
 * `{name}` one of the texts that `draws` has under it.
 */
export interface Ask {
  readonly host: string
  readonly port: number
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly expectedStatus: number
  readonly seededRows: number
  readonly draws?: Readonly<Record<string, readonly string[]>>
}

/** Gives a function that writes one request after the other: the templates are cut once at their placeholders. */
export function requestWriter(ask: Ask): () => string {
  const headers = Object.entries({ host: `${ask.host}:${ask.port}`, ...ask.headers })
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`)
  const head = filler(`${ask.method} ${ask.path} HTTP/1.1\r\n${lines.join('')}`, ask)
  const body = ask.body === undefined ? undefined : filler(ask.body, ask)
  return () => textOf({ head: head(), body: body?.() })
}

function filler(template: string, ask: Ask): () => string {
  // The uneven parts are names.
  const parts = template.split(/\{(\w+)\}/)
  const drawers = parts.map((part, index) => (index % 2 === 0 ? () => part : drawer(part, ask)))
  if (drawers.length === 1) return () => template
  return () => {
    let text = ''
    for (const draw of drawers) text += draw()
    return text
  }
}

function drawer(name: string, { seededRows, draws }: Ask): () => string {
  if (name === 'new') return newReference
  if (name === 'seeded') return () => seededReference(Math.floor(Math.random() * seededRows))
  const texts = draws?.[name] ?? []
  if (texts.length === 0) throw new Error(`There is nothing to draw for {${name}}`)
  return () => texts[Math.floor(Math.random() * texts.length)] ?? ''
}
