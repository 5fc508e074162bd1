import type { JsonNode } from './json-text.ts'

/**
 * How a member of a dialect's answer stands to the core's fields. `same`: the core's field, whether its name is written with capitals or
 * underscores. `renamed`: the value of a field under another name. `part`: a piece of a field, as the calling code of a phone.
 * `made`: made of a field and more, as an address with a username in it. `unlike`: the name of a field with another value in it. `own`: nothing that the core has.
 */
export type Mark =
  | { readonly kind: 'same' }
  | { readonly kind: 'own' }
  | { readonly kind: 'renamed' | 'part' | 'made' | 'unlike'; readonly field: string }

export interface CoreField {
  /** As the native answer names it; what stands inside `attributes` has a dot. */
  readonly name: string
  readonly value: unknown
}

/** The fields of a native answer, each thing inside `attributes` for itself. */
export function coreFields(record: Readonly<Record<string, unknown>>): CoreField[] {
  return Object.entries(record).flatMap(([name, value]) =>
    name === 'attributes' && isFull(value)
      ? Object.entries(value as object).map(([inner, each]) => ({ name: `attributes.${inner}`, value: each }))
      : [{ name, value }],
  )
}

/** Every node of an answer that is worth a word: a leaf, or the whole of what is the dialect's own. */
export function marksOf(answer: JsonNode, fields: readonly CoreField[]): ReadonlyMap<JsonNode, Mark> {
  const marks = new Map<JsonNode, Mark>()
  /** Marks what is inside; tells whether all of that is the dialect's own, so that its holder can say it once. */
  function visit(node: JsonNode, name: string): boolean {
    const inside = insideOf(node, name)
    if (inside.length === 0) {
      const mark = markOf(name, readValue(node), fields)
      marks.set(node, mark)
      return mark.kind === 'own'
    }
    const ownAll = inside.map(([child, childName]) => visit(child, childName)).every((own) => own)
    if (!ownAll) return false
    for (const [child] of inside) marks.delete(child)
    marks.set(node, { kind: 'own' })
    return true
  }
  visit(answer, '')
  return marks
}

/** How many leaves stand in which way to the core. */
export function tally(marks: ReadonlyMap<JsonNode, Mark>): { same: number; renamed: number; own: number } {
  const count = { same: 0, renamed: 0, own: 0 }
  for (const [node, { kind }] of marks) {
    if (kind === 'own') count.own += leavesOf(node)
    else if (kind === 'same' || kind === 'unlike') count.same += 1
    else count.renamed += 1
  }
  return count
}

function leavesOf(node: JsonNode): number {
  const inside = insideOf(node, '')
  return inside.length === 0 ? 1 : inside.reduce((sum, [child]) => sum + leavesOf(child), 0)
}

/** What a node holds, each with the name that it goes by: entries of an array go by the array's. */
function insideOf(node: JsonNode, name: string): (readonly [JsonNode, string])[] {
  if (node.kind === 'object') return node.members.map((member) => [member.value, member.name] as const)
  if (node.kind === 'array') return node.items.map((item) => [item, name] as const)
  return []
}

function readValue(node: JsonNode): unknown {
  if (node.kind === 'leaf') return JSON.parse(node.text)
  return node.kind === 'array' ? [] : {}
}

function markOf(name: string, value: unknown, fields: readonly CoreField[]): Mark {
  const namesake = fields.find((field) => fold(lastOf(field.name)) === fold(name))
  if (namesake !== undefined && isSame(value, namesake.value)) return { kind: 'same' }
  if (isTelling(value)) {
    const equal = nearest(
      name,
      fields.filter((field) => isTelling(field.value) && isSame(value, field.value)),
    )
    if (equal !== undefined) return { kind: 'renamed', field: equal.name }
    const whole = nearest(
      name,
      fields.filter((field) => likeness(name, field.name) >= 5 && isPartOf(value, field.value)),
    )
    if (whole !== undefined) return { kind: 'part', field: whole.name }
    const inside = longestInside(value, fields)
    if (inside !== undefined) return { kind: 'made', field: inside.name }
  }
  return namesake === undefined ? { kind: 'own' } : { kind: 'unlike', field: namesake.name }
}

/** Whether equality with a value says something: an empty text, a zero or a no is found everywhere. */
function isTelling(value: unknown): boolean {
  if (typeof value === 'string') return value.length > 1
  return typeof value === 'number' && Math.abs(value) > 9
}

function isFull(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0
}

function isNothing(value: unknown): boolean {
  return value === null || value === '' || (typeof value === 'object' && !isFull(value))
}

function isSame(one: unknown, other: unknown): boolean {
  if (isNothing(one) || isNothing(other)) return isNothing(one) && isNothing(other)
  if (String(one) === String(other)) return true
  const [a, b] = [instantOf(one), instantOf(other)]
  if (a === undefined || b === undefined) return false
  const step = Math.max(a.stepMs, b.stepMs)
  return Math.floor(a.ms / step) === Math.floor(b.ms / step)
}

/** A time in any of the forms that dialects write, and how exactly it is written; without a zone it is UTC. */
function instantOf(value: unknown): { readonly ms: number; readonly stepMs: number } | undefined {
  if (typeof value !== 'string') return undefined
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d{1,3})?\d*(Z|[+-]\d\d:?\d\d)?$/.exec(value)
  if (match === null) return undefined
  const [, day, clock, fraction = '', zone = 'Z'] = match
  return { ms: Date.parse(`${day}T${clock}${fraction}${zone}`), stepMs: fraction === '' ? 1_000 : 1 }
}

function isPartOf(part: unknown, whole: unknown): boolean {
  if (typeof whole !== 'string' || part === whole) return false
  const text = String(part)
  return whole.startsWith(text) || whole.endsWith(text)
}

/** Shorter texts are found in others by chance. */
const shortestInside = 5

/** The field whose text stands inside of another; of several the longest. */
function longestInside(value: unknown, fields: readonly CoreField[]): CoreField | undefined {
  if (typeof value !== 'string') return undefined
  const lengthOf = (field: CoreField) => String(field.value).length
  return fields
    .filter(
      (field) => typeof field.value === 'string' && lengthOf(field) >= shortestInside && value.includes(field.value),
    )
    .reduce<CoreField | undefined>(
      (best, field) => (best && lengthOf(best) >= lengthOf(field) ? best : field),
      undefined,
    )
}

const fold = (name: string) => name.replaceAll(/[^\p{L}\p{N}]/gu, '').toLowerCase()
const lastOf = (name: string) => name.slice(name.indexOf('.') + 1)

/** How many letters two names begin with together. */
function likeness(one: string, other: string): number {
  const [a, b] = [fold(one), fold(lastOf(other))]
  let length = 0
  while (length < Math.min(a.length, b.length) && a[length] === b[length]) length++
  return length
}

/** The field whose name is most like; the first of equals. */
function nearest(name: string, fields: readonly CoreField[]): CoreField | undefined {
  return fields.reduce<CoreField | undefined>(
    (best, field) => (best === undefined || likeness(name, field.name) > likeness(name, best.name) ? field : best),
    undefined,
  )
}
