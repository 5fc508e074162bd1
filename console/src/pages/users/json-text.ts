/** JSON as a tree that keeps each name and value letter by letter, since reading a number may change it. */
export type JsonNode =
  | { readonly kind: 'object'; readonly members: readonly JsonMember[] }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
  | { readonly kind: 'leaf'; readonly text: string }

export interface JsonMember {
  readonly name: string
  /** With its quotes, as it stands in the text. */
  readonly nameText: string
  readonly value: JsonNode
}

const token = /"(?:\\.|[^"\\])*"|[{}[\],:]|[^\s{}[\],:"]+/g

/** Reads a text; undefined for one that is no JSON. */
export function readJson(text: string): JsonNode | undefined {
  try {
    JSON.parse(text)
  } catch {
    return undefined
  }
  const tokens = text.match(token) ?? []
  let place = 0
  const next = () => tokens[place++] ?? ''

  /** What stands between brackets; the bracket that opens is behind us. */
  function listUntil<Entry>(end: string, readEntry: () => Entry): Entry[] {
    const entries: Entry[] = []
    if (tokens[place] === end) place++
    else
      do entries.push(readEntry())
      while (next() === ',')
    return entries
  }
  function readMember(): JsonMember {
    const nameText = next()
    place++
    return { name: JSON.parse(nameText), nameText, value: readNode() }
  }
  function readNode(): JsonNode {
    const first = next()
    if (first === '{') return { kind: 'object', members: listUntil('}', readMember) }
    if (first === '[') return { kind: 'array', items: listUntil(']', readNode) }
    return { kind: 'leaf', text: first }
  }
  return readNode()
}
