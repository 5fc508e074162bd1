/**
 * Reads a TypeScript source just far enough for the import fence: words, strings, templates and marks, without comments.
 *
 * It is a scanner of our own because TypeScript 7 has no compiler API, and `module.stripTypeScriptTypes` erases the
 * type imports that the fence must see. What it cannot read it refuses: a guess would be a hole in the fence.
 */

export type Token = {
  kind: 'word' | 'string' | 'template' | 'regex' | 'mark'
  /** A string's or template's content without its quotes; anything else as written. */
  text: string
  line: number
  /** A template chunk that is followed by `${`. */
  open: boolean
}

export type ImportForm = 'import' | 'export' | 'dynamic' | 'require'

export type ImportRecord = {
  form: ImportForm
  /** Undefined when the specifier is computed, so that nobody can say what it reaches. */
  specifier: string | undefined
  /** What stands between `import` and `from`. */
  clause: readonly string[]
  line: number
}

export class UnreadableSource extends Error {
  readonly line: number
  constructor(line: number, what: string) {
    super(what)
    this.line = line
  }
}

const BLANK = /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y
const WORD = /[\p{ID_Start}\p{ID_Continue}$]+/uy
const STRING = /'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"/y
const TEMPLATE_CHUNK = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{)/y
const REGEX = /\/(?:[^/\\[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*\])+\/[a-z]*/y
const HASHBANG = /#![^\n]*/y

const BEFORE_REGEX = new Set('return typeof case in of delete void throw new instanceof await yield else do'.split(' '))
const CONTROL = new Set(['if', 'while', 'for', 'with'])

type State = {
  source: string
  at: number
  line: number
  tokens: Token[]
  /** For every open parenthesis: whether it belongs to `if (…)` and its like, after which a slash starts a regex. */
  parens: boolean[]
  closedControl: boolean
  /** For every open `${`: how many braces are open inside it. */
  templates: number[]
}

/** Every token of a source, in order. Throws `UnreadableSource`. */
export function tokenize(source: string): Token[] {
  const state: State = {
    source,
    at: 0,
    line: 1,
    tokens: [],
    parens: [],
    closedControl: false,
    templates: [],
  }
  take(state, HASHBANG)
  take(state, BLANK)
  while (state.at < source.length) {
    readToken(state)
    take(state, BLANK)
  }
  if (state.templates.length > 0) throw new UnreadableSource(state.line, 'a template that never ends')
  return state.tokens
}

function take(state: State, pattern: RegExp): string | undefined {
  pattern.lastIndex = state.at
  const text = pattern.exec(state.source)?.[0]
  if (text === undefined) return undefined
  state.at += text.length
  state.line += text.split('\n').length - 1
  return text
}

function push(state: State, kind: Token['kind'], text: string, line: number, open = false): void {
  state.tokens.push({ kind, text, line, open })
}

function readToken(state: State): void {
  const { line } = state
  const first = state.source[state.at]
  const word = take(state, WORD)
  if (word !== undefined) push(state, 'word', word, line)
  else if (first === "'" || first === '"') readString(state)
  else if (first === '`') readTemplate(state)
  else if (first === '/') readSlash(state)
  else if (first === '}' && state.templates.at(-1) === 0) {
    state.templates.pop()
    readTemplate(state)
  } else readMark(state)
}

function readString(state: State): void {
  const { line } = state
  const text = take(state, STRING)
  if (text === undefined) throw new UnreadableSource(line, 'a string that never ends')
  push(state, 'string', text.slice(1, -1), line)
}

/** Starts at the opening backtick, or at the brace that ends a `${…}`. */
function readTemplate(state: State): void {
  const { line } = state
  state.at += 1
  const text = take(state, TEMPLATE_CHUNK)
  if (text === undefined) throw new UnreadableSource(line, 'a template that never ends')
  const open = text.endsWith('${')
  if (open) state.templates.push(0)
  push(state, 'template', text.slice(0, open ? -2 : -1), line, open)
}

function readSlash(state: State): void {
  const { line } = state
  if (state.source.startsWith('/*', state.at)) throw new UnreadableSource(line, 'a comment that never ends')
  if (!regexMayStart(state)) {
    state.at += 1
    push(state, 'mark', '/', line)
    return
  }
  const text = take(state, REGEX)
  if (text === undefined) throw new UnreadableSource(line, 'a slash that is neither division nor a regex')
  push(state, 'regex', text, line)
}

function readMark(state: State): void {
  const text = state.source[state.at] ?? ''
  if (text === '\\') throw new UnreadableSource(state.line, 'an escape outside a string')
  if (text === '(') state.parens.push(CONTROL.has(state.tokens.at(-1)?.text ?? ''))
  if (text === ')') state.closedControl = state.parens.pop() ?? false
  const depth = state.templates.length - 1
  if (depth >= 0 && text === '{') state.templates[depth] = (state.templates[depth] ?? 0) + 1
  if (depth >= 0 && text === '}') state.templates[depth] = (state.templates[depth] ?? 0) - 1
  state.at += 1
  push(state, 'mark', text, state.line)
}

function regexMayStart(state: State): boolean {
  const last = state.tokens.at(-1)
  if (last === undefined) return true
  if (last.kind === 'word') return BEFORE_REGEX.has(last.text)
  if (last.kind !== 'mark') return last.kind === 'template' && last.open
  if (last.text === ')') return state.closedControl
  if (last.text === ']' || last.text === '}') return false
  return !endsOperand(state.tokens)
}

/** True after `x!`, `x++` and `x--`, where a slash divides. */
function endsOperand(tokens: readonly Token[]): boolean {
  const [before, last] = [tokens.at(-2), tokens.at(-1)]
  if (before === undefined || last === undefined) return false
  if (last.text === '+' || last.text === '-') return before.kind === 'mark' && before.text === last.text
  if (last.text !== '!') return false
  if (before.kind === 'word') return !BEFORE_REGEX.has(before.text)
  return before.kind === 'mark' && (before.text === ')' || before.text === ']')
}

/** Every way in which a source names another: static, type, re-export, dynamic, `require`, `import.meta.resolve`. */
export function importsOf(tokens: readonly Token[]): ImportRecord[] {
  const found: ImportRecord[] = []
  tokens.forEach((token, index) => {
    if (token.kind !== 'word' || isProperty(tokens, index)) return
    if (token.text === 'import') found.push(...readImport(tokens, index))
    if (token.text === 'export') found.push(...readExport(tokens, index))
    if (token.text === 'require') found.push(...readCall(tokens, skipResolve(tokens, index + 1), 'require'))
  })
  return found
}

/** `x.import(…)` names a property; `...import(…)` does not. */
function isProperty(tokens: readonly Token[], index: number): boolean {
  return isMark(tokens[index - 1], '.') && !isMark(tokens[index - 2], '.')
}

export function isMark(token: Token | undefined, text: string): boolean {
  return token?.kind === 'mark' && token.text === text
}

function skipResolve(tokens: readonly Token[], index: number): number {
  return isMark(tokens[index], '.') && tokens[index + 1]?.text === 'resolve' ? index + 2 : index
}

function readImport(tokens: readonly Token[], index: number): ImportRecord[] {
  const next = tokens[index + 1]
  if (next?.kind === 'string') return [record('import', next, [])]
  if (isMark(next, '(')) return readCall(tokens, index + 1, 'dynamic')
  if (isMark(next, '.')) return readCall(tokens, skipResolve(tokens, index + 3), 'dynamic')
  return readFrom(tokens, index, 'import')
}

function readExport(tokens: readonly Token[], index: number): ImportRecord[] {
  const start = tokens[index + 1]?.text === 'type' ? index + 2 : index + 1
  const first = tokens[start]
  if (isMark(first, '*')) return readFrom(tokens, index, 'export')
  if (!isMark(first, '{')) return []
  const end = tokens.findIndex((token, at) => at > start && isMark(token, '}'))
  return tokens[end + 1]?.text === 'from' ? readFrom(tokens, index, 'export') : []
}

/** Reads `… from 'specifier'`; nothing when the words do not lead to one (a property called `import`, say). */
function readFrom(tokens: readonly Token[], index: number, form: ImportForm): ImportRecord[] {
  const clause: string[] = []
  for (let at = index + 1; at < tokens.length; at += 1) {
    const [token, next] = [tokens[at], tokens[at + 1]]
    if (token === undefined || (token.kind === 'mark' && !'{},*'.includes(token.text))) return []
    if (token.text === 'from' && next?.kind === 'string') return [record(form, next, clause)]
    clause.push(token.text)
  }
  return []
}

/** Reads `('specifier')` at the index; a template keeps its fixed head, with `*` for what is computed. */
function readCall(tokens: readonly Token[], index: number, form: ImportForm): ImportRecord[] {
  if (!isMark(tokens[index], '(')) return []
  const argument = tokens[index + 1]
  if (argument === undefined) return []
  if (argument.kind === 'template' && argument.open) {
    return [{ form, specifier: `${argument.text}*`, clause: [], line: argument.line }]
  }
  const literal = argument.kind === 'string' || argument.kind === 'template'
  const whole = isMark(tokens[index + 2], ')') || isMark(tokens[index + 2], ',')
  if (literal && whole) return [record(form, argument, [])]
  return [{ form, specifier: undefined, clause: [], line: argument.line }]
}

function record(form: ImportForm, specifier: Token, clause: readonly string[]): ImportRecord {
  return { form, specifier: specifier.text, clause, line: specifier.line }
}
