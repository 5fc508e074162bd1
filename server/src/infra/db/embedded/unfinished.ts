import { randomBytes } from 'node:crypto'
import { open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from './run.ts'

/** A name in `folder` for something unfinished; `sweep` removes it when this process has died. */
export function unfinishedName(folder: string, what: string): string {
  return join(folder, `.postgres-${what}-${process.pid}-${randomBytes(4).toString('hex')}`)
}

/** Makes a rename or link in the folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  await handle.sync().finally(() => handle.close())
}

/** Removes what killed processes left unfinished in the folder. */
export async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = /^\.postgres-[a-z]+-(\d+)-[0-9a-f]{8}$/.exec(name)?.[1]
    if (!pid) continue
    try {
      process.kill(Number(pid), 0)
    } catch (error) {
      // An initdb that outlived its parent may still write there; the next start removes the rest.
      if (codeOf(error) === 'ESRCH') await rm(join(folder, name), { recursive: true, force: true }).catch(() => {})
    }
  }
}
