import type { Client } from '@facet/sdk'
import { pagesOf } from '@facet/sdk/pages'
import type { ProfilePage } from './client.ts'

/** How many pages are looked at before somebody is asked whether to go on. */
const mostPages = 30

interface Search {
  readonly q: string
  readonly cursor?: string | undefined
  readonly limit: number
}

/**
 * A page of the profiles that a text finds. The server looks at so many of them a page and no more, so that one may be empty with
 * others behind it: this goes on until somebody is found. Empty with a `nextCursor` only after `mostPages`.
 */
export async function findProfiles(
  api: Client,
  query: Search,
  signal: AbortSignal,
): Promise<{ readonly body: ProfilePage }> {
  let body: ProfilePage = { data: [], nextCursor: null, total: null }
  let looked = 0
  for await (body of pagesOf(api.listProfiles, { query, signal })) {
    looked++
    if (body.data.length > 0 || looked === mostPages) break
  }
  return { body }
}
