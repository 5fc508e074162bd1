/** What Linux tells of the processes that make pictures. Elsewhere there is no /proc, and who asks is skipped. */
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import sharp from 'sharp'

export const tellsOfProcesses = existsSync('/proc/self/status')

/** The ids of the picture processes that a process has. */
export function pictureProcessesOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => parentOf(pid) === parent && told(pid, 'cmdline').includes('picture-child.ts'))
    .map(Number)
}

/** Megabytes that a process holds now, and has held at most. */
export function memoryOf(pid: number): { readonly now: number; readonly most: number } {
  const status = told(String(pid), 'status')
  const megabytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1_024
  return { now: megabytes('VmRSS'), most: megabytes('VmHWM') }
}

/** A picture of 25 megapixels of noise, over which a process sits for two seconds. */
export function largePicture(): Promise<Buffer> {
  const side = 5_000
  const pixels = Buffer.alloc(side * side * 3, randomBytes(999_983))
  return sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
    .jpeg({ quality: 50 })
    .toBuffer()
}

/** Whether a process has pixels of a large picture in its hands. */
export function isBusy(pid: number): boolean {
  return memoryOf(pid).now > 150
}

export function environmentOf(pid: number): string[] {
  return told(String(pid), 'environ').split('\0').filter(Boolean)
}

/** How far each thread of a process stands back. */
export function nicenessOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => Number(fieldsOf(`${pid}/task/${thread}`)[16]))
}

export function killedFirst(pid: number): number {
  return Number(told(String(pid), 'oom_score_adj'))
}

function parentOf(pid: string): number {
  return Number(fieldsOf(pid)[1])
}

/** What stands behind the name in `stat` (proc(5)), the state first. */
function fieldsOf(pid: string): string[] {
  return told(pid, 'stat').split(') ').at(-1)?.split(' ') ?? []
}

/** Nothing of a process that has gone meanwhile. */
function told(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
