import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Cleanup, createCleanup } from '../cleanup.ts'
import { startPeer } from './peers.ts'
import type { Recipe } from './recipe.ts'
import { freePort, startServer } from './server.ts'

let folder: string
let cleanup: Cleanup

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'facet-peers-'))
  cleanup = createCleanup()
})

afterEach(async () => {
  await cleanup.run()
  rmSync(folder, { recursive: true, force: true })
})

function write(name: string, content: unknown): string {
  const file = join(folder, name)
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

test('a peer whose packages npm cannot install is absent, with what npm says', async () => {
  const dependencies = { gone: 'file:gone.tgz' }
  const packages = { '': { dependencies }, 'node_modules/gone': { version: '1.0.0', resolved: 'file:gone.tgz' } }
  write('package.json', { name: 'peer', dependencies })
  write('package-lock.json', { name: 'peer', lockfileVersion: 3, requires: true, packages })
  const unused = () => {
    throw new Error('It is not installed')
  }
  const recipe: Recipe = { name: 'peer', home: folder, healthPath: '/', command: unused, furnish: unused }
  const options = { databaseUrl: 'postgres://nowhere', folder, rows: 1, who: '' }

  expect(await startPeer(recipe, options, () => {}, cleanup)).toEqual({
    name: 'peer',
    error: expect.stringMatching(/^npm ci failed: .*gone\.tgz/s),
  })
})

test('a server that ends before it answers fails with the end of its log', async () => {
  const main = write('main.mjs', "console.log('There is no database.'); process.exit(1)")
  const run = { node: process.execPath, args: [main], folder, env: {} }
  const question = { url: `http://127.0.0.1:${await freePort()}`, headers: {}, status: 200 }
  await expect(startServer(run, question, cleanup)).rejects.toThrow(/did not start.*There is no database\./s)
})

test('a server ends when the bench that started it is killed', async () => {
  const port = await freePort()
  const main = write(
    'main.mjs',
    `import { createServer } from 'node:http'
     createServer((_, response) => response.end()).listen(${port}, '127.0.0.1')
     setTimeout(() => process.exit(), 20_000)`,
  )
  const url = `http://127.0.0.1:${port}`
  const bench = write(
    'bench.mjs',
    `const { startServer } = await import('${join(import.meta.dirname, 'server.ts')}')
     const run = { node: process.execPath, args: ['${main}'], folder: '${folder}', env: {} }
     await startServer(run, { url: '${url}', headers: {}, status: 200 }, { add() {} })
     console.log('serves')`,
  )
  const killed = spawn(process.execPath, [bench], { stdio: ['ignore', 'pipe', 'inherit'] })
  cleanup.add(() => killed.kill('SIGKILL'))
  await once(killed.stdout, 'data')
  expect((await fetch(url)).status).toBe(200)

  killed.kill('SIGKILL')
  await vi.waitFor(() => expect(fetch(url)).rejects.toThrow('fetch failed'), { timeout: 5_000 })
})
