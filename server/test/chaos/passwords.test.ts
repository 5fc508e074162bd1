import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cleanUpProcesses, newFolder, runCli, sandboxOf, startedFolder, startFacet } from '../helpers/facet-process.ts'

cleanUpProcesses()
const hash = 'bcrypt_sha256$$2b$04$Imi5t/d4EroEjWRr/SvRK.0/ZngALfGc2fwGr9iManTUGisLY8hvu'

describe('facet passwords import', () => {
  it('imports a file or standard input beside a running server, and ends with 1 when it refused a line', async () => {
    const dataDir = await startedFolder()
    const env = { FACET_DATA_DIR: dataDir, FACET_PORT: '0', FACET_LOG_LEVEL: 'error' }
    const url = await startFacet(env).ready()
    const { secret } = sandboxOf(dataDir)
    await fetch(`${url}/facet/v1/profiles`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'ada' }),
    })
    const file = join(dataDir, 'passwords.jsonl')
    const good = JSON.stringify({ username: 'ada', hash })
    writeFileSync(file, `${good}\r\n${JSON.stringify({ username: 'bob', hash })}\n`)
    const told = await runCli(['passwords', 'import', file], env)
    expect(told).toEqual({
      code: 1,
      stdout: 'Imported 1, kept 0 that were set here since, refused 1\n',
      stderr: 'line 2: there is no such profile in this app\n',
    })
    const cli = new URL('../../src/cli/main.ts', import.meta.url).pathname
    const child = spawn(process.execPath, [cli, 'passwords', 'import', '-', '--json'], {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    child.stdin.end(good)
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text
    })
    expect(await once(child, 'close')).toEqual([0, null])
    expect(JSON.parse(output)).toEqual({ imported: 1, kept: 0, refused: [] })
  }, 60_000)

  it('answers a line that it does not understand, or a file that it cannot read, with 2', async () => {
    const folder = newFolder()
    for (const words of [
      [],
      ['export'],
      ['import'],
      ['import', 'a', 'b'],
      ['import', join(folder, 'nothing')],
      ['import', folder],
    ]) {
      const { code, stderr } = await runCli(['passwords', ...words], { FACET_DATA_DIR: folder })
      expect({ words, code }).toEqual({ words, code: 2 })
      expect(stderr).toContain('See facet --help')
    }
  }, 60_000)
})
