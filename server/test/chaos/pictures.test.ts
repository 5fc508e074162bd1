import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { useServerDatabases } from '../helpers/database.ts'
import { childrenOf, cleanUpProcesses, newFolder, sandboxOf, startFacet } from '../helpers/facet-process.ts'
import { hostilePictures } from '../helpers/hostile-pictures.ts'

// What hostile uploads do to a server that others use meanwhile, by a real process over real sockets.

cleanUpProcesses()
const newDatabase = useServerDatabases()

const refusedWithinMs = 1_000
const mostGrowthMb = 150
const noImage = ['Upload a valid image. The file you uploaded was either not an image or a corrupted image.']

/** What a process and all its children hold in memory, in MB. */
function residentMb(pid: number): number {
  return [pid, ...childrenOf(pid)].reduce((sum, one) => {
    try {
      return sum + Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${one}/status`, 'utf8'))?.[1]) / 1_024
    } catch {
      return sum
    }
  }, 0)
}

interface Person {
  readonly base: string
  readonly headers: Record<string, string>
}

async function signUp(url: string, key: string): Promise<Person> {
  const [base, headers] = [`${url}/api/v1`, { apikey: key }]
  const post = (path: string, fields: Record<string, string>) =>
    fetch(base + path, { method: 'POST', headers, body: new URLSearchParams(fields) })
  const [username, password] = ['ada.l', 'plum-Orchard-77']
  const names = { first_name: 'Ada', last_name: 'Lovelace', username, password, email: 'ada@example.com' }
  const more = { country_code: 'FR', phone_number: '658245684', agree_terms: '1', user_type: 'customer' }
  expect((await post('/user/signup/', { ...names, ...more })).status).toBe(200)
  const { access } = (await (await post('/user/login/', { username, password })).json()) as { access: string }
  return { base, headers: { ...headers, authorization: `Bearer ${access}` } }
}

async function upload(
  { base, headers }: Person,
  image: Buffer,
  cropped: Buffer,
): Promise<{ status: number; body: { errors: unknown } }> {
  const form = new FormData()
  form.set('image', new Blob([new Uint8Array(image)], { type: 'image/jpeg' }), 'image.jpg')
  form.set('cropped_image', new Blob([new Uint8Array(cropped)], { type: 'image/jpeg' }), 'cropped.jpg')
  const response = await fetch(`${base}/user/profile-image/`, { method: 'POST', headers, body: form })
  return { status: response.status, body: (await response.json()) as { errors: unknown } }
}

/** Reads the profile again and again; gives how long each took once told to end. */
function readOn({ base, headers }: Person): () => Promise<number[]> {
  let isOver = false
  const times: number[] = []
  const reading = (async () => {
    while (!isOver) {
      const began = performance.now()
      const response = await fetch(`${base}/user/get/profile/`, { headers })
      await response.text()
      times.push(performance.now() - began)
      expect(response.status).toBe(200)
    }
  })()
  return async () => {
    isOver = true
    await reading
    return times
  }
}

const percentile = (times: readonly number[], share: number) =>
  times.toSorted((a, b) => a - b)[Math.floor(share * (times.length - 1))] ?? 0

describe('hostile pictures', () => {
  it('are refused, each within a second, and leave no file, no memory and no failure', async () => {
    const dataDir = newFolder()
    const facet = startFacet({ FACET_PORT: '0', FACET_DATA_DIR: dataDir, DATABASE_URL: await newDatabase() })
    const url = await facet.ready()
    const person = await signUp(url, sandboxOf(dataDir).key)
    const good = await sharp({ create: { width: 64, height: 64, channels: 3, background: 'teal' } })
      .jpeg()
      .toBuffer()
    const hostile = await hostilePictures()
    expect(hostile.length).toBeGreaterThanOrEqual(200)
    // The first one starts the process that makes pictures.
    expect((await upload(person, good.subarray(0, 40), good)).status).toBe(400)
    const quiet = readOn(person)
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    const quietTimes = await quiet()
    const before = residentMb(facet.pid)
    const busy = readOn(person)
    let most = before
    for (const { name, bytes } of hostile) {
      const began = performance.now()
      const { status, body } = await upload(person, bytes, bytes)
      const took = performance.now() - began
      const said = bytes.length === 0 ? ['The submitted file is empty.'] : noImage
      expect([name, status, body.errors]).toEqual([name, 400, { image: said, cropped_image: said }])
      expect([name, took < refusedWithinMs]).toEqual([name, true])
      most = Math.max(most, residentMb(facet.pid))
    }
    const busyTimes = await busy()
    expect(most - before).toBeLessThan(mostGrowthMb)
    expect(readdirSync(dataDir)).not.toContain('files')
    expect(facet.output.stdout).not.toMatch(/"level":(?:50|60|"error"|"fatal")/)
    // It still makes pictures, and those alone leave files.
    expect((await upload(person, good, good)).status).toBe(200)
    expect(readdirSync(join(dataDir, 'files', 'pictures'))).toHaveLength(1)
    if (process.env.FACET_PROVE === '1') {
      const [slow, normal] = [percentile(busyTimes, 0.99), percentile(quietTimes, 0.99)]
      process.stdout.write(`reads beside hostile uploads: p99 ${slow.toFixed(1)} ms, alone ${normal.toFixed(1)} ms\n`)
    }
  }, 180_000)
})
