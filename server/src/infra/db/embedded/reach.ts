import type { Stats } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Account } from './types.ts'

/**
 * Whether the permission bits let the account do it (4 read, 2 write, 1 enter or execute). Supplementary groups do not
 * count: a process started under another uid by Node has none.
 */
export function allows(stats: Stats, account: Account, bits: number): boolean {
  let shift = 0
  if (stats.uid === account.uid) shift = 6
  else if (stats.gid === account.gid) shift = 3
  return ((stats.mode >> shift) & bits) === bits
}

/** The first folder from `/` down to `folder` itself that the account may not enter, or undefined when it may enter all. */
export async function closedFolder(folder: string, account: Account): Promise<string | undefined> {
  if (!account.foreign) return undefined
  let current = '/'
  for (const part of ['', ...(await realpath(folder)).split('/')]) {
    current = join(current, part)
    if (!allows(await stat(current), account, 1)) return current
  }
  return undefined
}
