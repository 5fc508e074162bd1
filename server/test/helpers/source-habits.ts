/** The rules of the import fence that one file can break by itself: names, size, exports, vendors, environment. */
import type { Rule, Violation } from './fence-rules.ts'
import { type ImportRecord, isMark, type Token } from './source-scanner.ts'

type Finding = [rule: Rule, line: number, message: string]

const NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*$/
const EMPTY_NAMES = new Set(['utils', 'util', 'common', 'misc', 'lib', 'shared'])

/**
 * Names that no part of core may know. "original" is an ordinary word, so it counts only beside "dialect" or with a
 * capital as an owner. The last pattern reads `ona` and `hood` as words of their own, also in `onaProfile` and `toOna`.
 */
const VENDORS: readonly RegExp[] = [
  /oumla|ocamba|epixel|dialects\/original|original[\s_-]?dialect/i,
  /\bOriginal's\b/,
  /(?<![A-Za-z])(?:ona|hood)(?![a-z])|(?<=[a-z0-9])(?:Ona|Hood)(?![a-z])|(?<![A-Za-z])(?:Ona|ONA|Hood|HOOD)(?![a-z])/,
]

/** Everything that one source in `server/src` or `server/test` does against the rules, imports aside. */
export function checkSource(
  file: string,
  source: string,
  tokens: readonly Token[],
  imports: readonly ImportRecord[],
  maxLines: number | undefined,
): Violation[] {
  const production = file.startsWith('server/src/') && !file.endsWith('.test.ts')
  const found: Finding[] = [...checkNames(file), ...checkExports(tokens, imports)]
  if (/^\s*\/\/\/\s*<reference\s+path/m.test(source)) {
    found.push(['readable', 1, 'a reference path goes around the fence: use an import'])
  }
  if (maxLines !== undefined) found.push(...checkSize(source, maxLines))
  if (file.startsWith('server/src/core/')) found.push(...checkVendors(file, source))
  if (production && file !== 'server/src/config.ts') found.push(...checkEnvironment(tokens, imports))
  return found.map(([rule, line, message]) => ({ rule, file, line, message }))
}

function checkNames(file: string): Finding[] {
  const found: Finding[] = []
  const parts = file.split('/')
  const name = parts.pop() ?? ''
  for (const folder of parts) {
    if (!NAME.test(folder)) found.push(['names', 1, `the folder ${folder} is not kebab-case`])
    if (EMPTY_NAMES.has(folder)) found.push(['folders', 1, `a folder named ${folder} says nothing`])
    if (folder === 'helpers' && !file.startsWith('server/test/')) {
      found.push(['folders', 1, 'a folder named helpers belongs to tests only'])
    }
  }
  if (!NAME.test(name)) found.push(['names', 1, `${name} is not kebab-case`])
  if (file.startsWith('server/src/') && !name.endsWith('.ts'))
    found.push(['names', 1, `${name} is code, but no .ts file`])
  if (/^index\./.test(name)) found.push(['barrels', 1, `${name} is a barrel: name the file after what it holds`])
  return found
}

function checkExports(tokens: readonly Token[], imports: readonly ImportRecord[]): Finding[] {
  const found: Finding[] = []
  tokens.forEach((token, index) => {
    if (token.text !== 'default' || token.kind !== 'word') return
    const before = tokens[index - 1]
    if (before?.kind === 'word' && (before.text === 'export' || before.text === 'as'))
      found.push(['exports', token.line, 'a default export'])
  })
  for (const item of imports) {
    if (item.form === 'export' && item.clause.includes('*')) {
      found.push(['barrels', item.line, `export * from ${item.specifier} makes a barrel: name what is exported`])
    }
  }
  return found
}

function checkSize(source: string, maxLines: number): Finding[] {
  const lines = source.split('\n').length - (source.endsWith('\n') ? 1 : 0)
  return lines > maxLines ? [['sizes', lines, `${lines} lines, at most ${maxLines} are allowed`]] : []
}

/** Comments, strings and the file's own name count too: core must not know that a vendor exists. */
function checkVendors(file: string, source: string): Finding[] {
  const found: Finding[] = []
  const lines = [file.slice('server/src/core/'.length), ...source.split('\n')]
  lines.forEach((text, index) => {
    const word = VENDORS.map((pattern) => pattern.exec(text)?.[0]).find((match) => match !== undefined)
    if (word !== undefined) found.push(['vendors', Math.max(index, 1), `core names a vendor: ${word}`])
  })
  return found
}

/** `process.env` in any spelling that needs no trick: read, indexed, taken apart, imported, or `process` handed on. */
function checkEnvironment(tokens: readonly Token[], imports: readonly ImportRecord[]): Finding[] {
  const found: Finding[] = []
  tokens.forEach((token, index) => {
    if (token.kind === 'word' && token.text === 'process' && readsEnvironment(tokens, index)) {
      found.push(['environment', token.line, 'reads process.env: only config.ts may'])
    }
  })
  for (const item of imports) {
    if (!/^(?:node:)?process$/.test(item.specifier ?? '') || item.clause.join(' ') === 'process') continue
    found.push(['environment', item.line, 'imports parts of node:process: use the global'])
  }
  return found
}

function readsEnvironment(tokens: readonly Token[], index: number): boolean {
  const next = isMark(tokens[index + 1], '?') ? index + 2 : index + 1
  if (isMark(tokens[next], '[')) return true
  if (isMark(tokens[next], '.')) return /^(?:env|loadEnvFile)$/.test(tokens[next + 1]?.text ?? '')
  return isMark(tokens[index - 1], '=')
}
