import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { findChromium } from './chromium.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The path of the browser. */
    chromium: string
  }
}

const build = join(import.meta.dirname, '..', '..', '..', 'scripts', 'build-console.mjs')

/** What the tests of the console need beside a database: a browser, and the console's files as users get them. */
export function setup(project: TestProject): void {
  project.provide('chromium', findChromium())
  execFileSync(process.execPath, [build], { stdio: ['ignore', 'inherit', 'inherit'] })
}
