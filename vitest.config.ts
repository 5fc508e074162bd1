import { defineConfig } from 'vitest/config'
import type { Reporter } from 'vitest/node'

/**
 * These start and kill whole processes, wait for them much of the time, and promise no time that busy cores could break: three of their
 * files run side by side.
 */
const UNTIMED =
  'addresses|app-settings|console-start|custody|files|kills|listen|mail|ocamba-import|passwords|redis|secrets|start|start-external|stop|wallet-kills|wallet-request-kills|workers'
const PROCESSES = [
  `server/test/chaos/@(${UNTIMED}).test.ts`,
  'server/test/embedded/*.test.ts',
  'scripts/install.test.mjs',
]

/**
 * These time what they start and kill, so each of their files runs alone, after all others. Said by what they include: a project that
 * excludes would not heed what the command line does.
 */
const ALONE = [`server/test/chaos/!(${UNTIMED}).test.ts`, 'scripts/!(install).test.mjs']

/** By dialect, the tests of contracts that send the database what no test of the core sends. */
const SENDING = {
  console: 'links|passkeys|sign-in|two-factor',
  native: 'delete-profile|list-profiles|list-wallets|profile-lists|search-profiles|tenant-wall|webhook-deliveries',
  ocamba: 'idempotency|list-profiles|search-profiles',
  ona: 'list-users',
  oumla: 'wallet-lists',
}

/**
 * There is nothing to learn of these on another database: they ask none, or send it no statement that the others do not send
 * (by a log of the texts of every file; the job queue's own aside).
 */
const SAME_ON_EVERY_DATABASE = [
  'server/src/core/*/*.rules.test.ts',
  'server/src/{config,dialects,http}/**',
  'server/src/cli/!(sample-events).test.ts',
  'server/src/infra/!(db|jobs)/**',
  'server/test/{architecture,notices}*.test.ts',
  'server/test/docs/**',
  `server/test/contract/!(${Object.keys(SENDING).join('|')})/**`,
  ...Object.entries(SENDING).map(([dialect, names]) => `server/test/contract/${dialect}/!(${names}).test.ts`),
  'server/test/contract/*/*.timing.test.ts',
  'console/src/**',
  'sdk/test/**',
  'bench/**',
]
const onGivenDatabase = process.env.FACET_TEST_DATABASE_URL !== undefined

const shared = { pool: 'forks', testTimeout: 30_000, hookTimeout: 60_000 } as const

/** The last line of a run, in the plain form that any CI can read: `12 passed, 0 failed`. */
const tally: Reporter = {
  onTestRunEnd(modules, unhandledErrors) {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 }
    for (const module of modules) {
      const before = count.failed
      for (const test of module.children.allTests()) count[test.result().state] += 1
      // A file that does not load, or a hook that throws, fails without a test that does.
      if (module.state() === 'failed' && count.failed === before) count.failed += 1
    }
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : ''
    const line = `${count.passed} passed, ${count.failed} failed${skipped}\n`
    process.once('exit', () => process.stdout.write(line))
  },
}

export default defineConfig({
  test: {
    reporters: ['default', tally],
    globalSetup: ['server/test/helpers/global-setup.ts'],
    maxWorkers: 2,
    projects: [
      {
        extends: false,
        test: {
          ...shared,
          name: 'suite',
          include: ['server/**/*.test.ts', 'sdk/test/**/*.test.ts', 'console/src/**/*.test.ts', 'bench/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...PROCESSES, ...ALONE, ...(onGivenDatabase ? SAME_ON_EVERY_DATABASE : [])],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: false,
        test: { ...shared, name: 'processes', include: PROCESSES, maxWorkers: 3, sequence: { groupOrder: 1 } },
      },
      {
        extends: false,
        test: {
          ...shared,
          name: 'console',
          include: ['console/{e2e,prove}/**/*.test.ts'],
          globalSetup: ['console/e2e/helpers/global-setup.ts'],
          expect: { poll: { timeout: 10_000 } },
          // A story is many steps, each of which has a limit of its own.
          testTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: false,
        test: { ...shared, name: 'alone', include: ALONE, fileParallelism: false, sequence: { groupOrder: 3 } },
      },
    ],
  },
})
