import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { hostilePictures, wholePictures } from '../../../test/helpers/hostile-pictures.ts'
import {
  environmentOf,
  isBusy,
  killedFirst,
  largePicture,
  memoryOf,
  nicenessOf,
  pictureProcessesOf,
  tellsOfProcesses,
} from '../../../test/helpers/picture-processes.ts'
import { readConfig } from '../../config.ts'
import { pictureIn } from './picture-process.ts'
import { createPictures, type OpenPictures } from './pictures.ts'

const whole = await wholePictures()
const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() }
const opened: OpenPictures[] = []
afterEach(async () => {
  for (const pictures of opened.splice(0)) await pictures.close()
  vi.clearAllMocks()
})

function open({
  idleMs = 60_000,
  width = 1,
  ...settings
}: {
  readonly idleMs?: number
  readonly width?: number
  readonly pictureMaxBytes?: number
  readonly pictureTimeoutSeconds?: number
} = {}): OpenPictures {
  const pictures = createPictures({ ...readConfig({}), ...settings }, log, { width, longest: 2, idleMs })
  opened.push(pictures)
  return pictures
}

const ours = () => pictureProcessesOf(process.pid)

async function ownProcess(pictures: OpenPictures): Promise<number> {
  expect(await pictures.render(whole.png, 'original')).toBeDefined()
  const [pid, ...others] = ours()
  expect(others).toEqual([])
  return pid ?? Number.NaN
}

describe('createPictures', () => {
  it('makes what was asked for', async () => {
    const pictures = open()
    expect(Object.keys((await pictures.render(whole.jpeg, 'original')) ?? {})).toEqual(['original'])
    const crop = (await pictures.render(whole.jpeg, 'crop')) ?? {}
    expect(Object.keys(crop).toSorted()).toEqual(['128', '256', '512', '64', 'crop'])
  })

  it('refuses files that are larger than allowed, without a look at them', async () => {
    const size = whole.jpeg.length
    expect(await open({ pictureMaxBytes: size }).render(whole.jpeg, 'original')).toBeDefined()
    expect(await open({ pictureMaxBytes: size - 1 }).render(whole.jpeg, 'original')).toBeUndefined()
  })

  it('refuses at once whoever would wait behind as many as may, and does the others', async () => {
    const pictures = open()
    const taken = Array.from({ length: 3 }, () => pictures.render(whole.png, 'original'))
    await expect(pictures.render(whole.png, 'original')).rejects.toMatchObject({
      fault: { code: 'pictures_exhausted', retryAfterMs: expect.any(Number) },
    })
    for (const made of await Promise.all(taken)) expect(made).toBeDefined()
  })

  it.runIf(tellsOfProcesses)('has as many processes as it is wide, and none before they are needed', async () => {
    const pictures = open({ width: 2 })
    expect(ours()).toEqual([])
    await Promise.all(Array.from({ length: 4 }, () => pictures.render(whole.png, 'original')))
    expect(ours()).toHaveLength(2)
  })
})

describe('hostile files', () => {
  it('are refused each within a second, and grow neither process by more than 150 MB', async () => {
    const hostile = await hostilePictures()
    expect(hostile.length).toBeGreaterThanOrEqual(200)
    const pictures = open()
    for (const picture of Object.values(whole)) expect(await pictures.render(picture, 'crop')).toBeDefined()
    const pid = tellsOfProcesses ? await ownProcess(pictures) : undefined
    const before = { own: process.memoryUsage.rss() / 2 ** 20, child: pid && memoryOf(pid).now }
    const seen: { name: string; accepted: boolean; ms: number; megabytes: number }[] = []
    for (const { name, bytes } of hostile) {
      const began = performance.now()
      const accepted = (await pictures.render(bytes, 'crop')) !== undefined
      seen.push({ name, accepted, ms: performance.now() - began, megabytes: process.memoryUsage.rss() / 2 ** 20 })
    }
    expect(seen.filter(({ accepted, ms }) => accepted || ms > 1_000)).toEqual([])
    expect(Math.max(...seen.map(({ megabytes }) => megabytes)) - before.own).toBeLessThan(150)
    // None of them cost the process its life.
    expect(log.warn).not.toHaveBeenCalled()
    if (pid === undefined || before.child === undefined) return
    expect(ours()).toEqual([pid])
    expect(memoryOf(pid).most - before.child).toBeLessThan(150)
  })
})

describe.runIf(tellsOfProcesses)('the picture process', () => {
  it('is given no setting and no secret, stands back behind all others, and goes first without memory', async () => {
    vi.stubEnv('FACET_MASTER_KEY', 'secret')
    const pid = await ownProcess(open())
    vi.unstubAllEnvs()
    const names = environmentOf(pid).map((variable) => variable.split('=')[0])
    expect(names.toSorted()).toEqual(['MALLOC_MMAP_THRESHOLD_', 'NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE'])
    expect(new Set(nicenessOf(pid))).toEqual(new Set([10]))
    expect(killedFirst(pid)).toBe(1_000)
  })

  it('is killed over a picture that takes too long, which is refused; the next one is made by another', async () => {
    const pictures = open({ pictureTimeoutSeconds: 0.5 })
    const pid = await ownProcess(pictures)
    expect(await pictures.render(await largePicture(), 'crop')).toBeUndefined()
    expect(log.warn).toHaveBeenCalledWith(expect.objectContaining({ signal: 'SIGKILL' }), expect.any(String))
    expect(await ownProcess(pictures)).not.toBe(pid)
  })

  it('may die over a picture, which is refused; the next one is made by another', async () => {
    const pictures = open()
    const pid = await ownProcess(pictures)
    const dying = pictures.render(await largePicture(), 'crop')
    await vi.waitUntil(() => isBusy(pid), { timeout: 10_000, interval: 5 })
    process.kill(pid, 'SIGKILL')
    expect(await dying).toBeUndefined()
    expect(log.warn).toHaveBeenCalledTimes(1)
    expect(await ownProcess(pictures)).not.toBe(pid)
  })

  it('may die while it waits, which costs no picture', async () => {
    const pictures = open()
    process.kill(await ownProcess(pictures), 'SIGKILL')
    await vi.waitUntil(() => ours().length === 0)
    await ownProcess(pictures)
    expect(log.warn).not.toHaveBeenCalled()
  })

  it('ends when there was nothing to do, and is there again when there is', async () => {
    const pictures = open({ idleMs: 50 })
    await pictures.render(whole.png, 'original')
    await vi.waitUntil(() => ours().length === 0)
    expect(await pictures.render(whole.png, 'original')).toBeDefined()
    expect(log.warn).not.toHaveBeenCalled()
  })

  it('is gone after close, with what it was making, and none comes after it', async () => {
    const pictures = open()
    process.kill(await ownProcess(pictures), 'SIGSTOP')
    const unmade = expect(pictures.render(whole.png, 'original')).rejects.toThrow('ended')
    await pictures.close()
    expect(ours()).toEqual([])
    await unmade
    await expect(pictures.render(whole.png, 'original')).rejects.toThrow('ended')
  })

  it('is gone with the process that it works for, however that one ended', async () => {
    const script = fileURLToPath(new URL('../../../test/helpers/picture-parent.ts', import.meta.url))
    const parent = fork(script, [], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] })
    const children = () => pictureProcessesOf(parent.pid ?? 0)
    await vi.waitUntil(() => children().some(isBusy), { timeout: 20_000, interval: 5 })
    const [pid = 0] = children()
    parent.kill('SIGKILL')
    await once(parent, 'exit')
    const began = performance.now()
    // The picture process has the same standard error: its pipe ends with the last of the two.
    await once(parent, 'close')
    // It would take longer to finish the picture.
    expect(performance.now() - began).toBeLessThan(1_000)
    expect(memoryOf(pid).now).toBeNaN()
  })
})

describe('pictureIn', () => {
  it('takes all that was asked for and nothing else, and WebP files only', () => {
    const { webp } = whole
    const crop = { crop: webp, 512: webp, 256: webp, 128: webp, 64: webp }
    expect(pictureIn({ picture: { original: webp } }, 'original')).toEqual({ original: webp })
    expect(pictureIn({ picture: crop }, 'crop')).toEqual(crop)
    for (const picture of [undefined, {}, { original: whole.png }, { original: webp, crop: webp }, { crop: webp }]) {
      expect(pictureIn({ picture }, 'original')).toBeUndefined()
    }
    expect(pictureIn({ picture: { ...crop, 64: Buffer.alloc(0) } }, 'crop')).toBeUndefined()
    expect(pictureIn(undefined, 'original')).toBeUndefined()
  })
})
