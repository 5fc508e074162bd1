import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cleanUpProcesses, freePort, newFolder, runCli, startedFolder, startFacet } from '../helpers/facet-process.ts'
import { openObjectStore } from '../helpers/object-store.ts'

cleanUpProcesses()

/** What `facet doctor` finds of files, and everything that it said. */
async function examine(env: Record<string, string>) {
  const { stdout, stderr } = await runCli(['doctor', '--json'], { FACET_PORT: String(await freePort()), ...env })
  const findings: { what: string }[] = JSON.parse(stdout).findings
  return { found: findings.filter(({ what }) => what.startsWith('Files')), said: stdout + stderr }
}

describe('the folder of files', () => {
  it('is found well by doctor, which makes none and leaves nothing there, or is said to be out of use', async () => {
    const dataDir = newFolder()
    const folder = join(dataDir, 'files')
    const env = { FACET_DATA_DIR: dataDir }
    expect((await examine(env)).found).toEqual([
      { what: `Files are kept in ${folder}, which the first one makes`, ok: true },
    ])
    expect(readdirSync(dataDir)).toEqual([])
    mkdirSync(folder)
    expect((await examine(env)).found).toEqual([
      { what: `Files are kept in ${folder}: one was put, read and removed there`, ok: true },
    ])
    expect(readdirSync(folder)).toEqual([])
    const inItsPlace = newFolder()
    writeFileSync(join(inItsPlace, 'files'), '')
    expect((await examine({ FACET_DATA_DIR: inItsPlace })).found).toEqual([
      {
        what: `Files cannot be kept in ${join(inItsPlace, 'files')}`,
        ok: false,
        mend: expect.stringMatching(/^ENOTDIR/),
      },
    ])
  })
})

describe('S3_BUCKET', () => {
  it('lets a server start and stop, and doctor says whether it can be used, leaves nothing there and repeats no secret', async () => {
    const directory = newFolder()
    const store = await openObjectStore(directory)
    const { bucket, endpoint = '', accessKeyId } = store.settings
    const env = {
      FACET_DATA_DIR: await startedFolder(),
      FACET_LOG_LEVEL: 'warn',
      S3_BUCKET: bucket,
      S3_ENDPOINT: endpoint,
      S3_ACCESS_KEY_ID: accessKeyId,
      S3_SECRET_ACCESS_KEY: 'hunter2',
    }
    const facet = startFacet({ ...env, FACET_PORT: '0' })
    await facet.ready()
    const good = await examine(env)
    expect(good.found).toEqual([
      { what: `Files are kept in the bucket ${bucket} of S3_BUCKET: one was put, read and removed there`, ok: true },
    ])
    expect(readdirSync(join(directory, bucket))).toEqual([])
    const trouble = { what: 'Files cannot be kept in the bucket not-there of S3_BUCKET', ok: false }
    const missing = await examine({ ...env, S3_BUCKET: 'not-there' })
    expect(missing.found).toEqual([{ ...trouble, mend: 'It was answered with 404 (NoSuchBucket)' }])
    await store.close()
    const silent = await examine({ ...env, S3_BUCKET: 'not-there' })
    expect(silent.found).toEqual([{ ...trouble, mend: expect.stringMatching(/^connect ECONNREFUSED/) }])
    expect((await facet.end('SIGTERM')).code).toBe(0)
    expect(facet.output.stdout).not.toMatch(/"level":[45]0/)
    expect(good.said + missing.said + silent.said + facet.output.stdout + facet.output.stderr).not.toContain('hunter2')
  }, 60_000)
})
