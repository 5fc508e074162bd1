import type { Client } from '@facet/sdk'
import { keepPreviousData, type QueryKey, useQuery, useQueryClient } from '@tanstack/react-query'
import { useApp } from '../session/operator.ts'
import { apiOf } from './client.ts'

interface AppQueryOptions {
  /** Shows what was there while the next comes: for pages and filters of one list. */
  readonly keeps?: boolean
  readonly enabled?: boolean
  readonly everyMs?: number | false
  /** Read when the page opens and never again while it is open: what comes later is followed in another way. */
  readonly once?: boolean
}

/** Reads something of the app that is open. `key` tells it from everything else of the app; changes name the first word of it. */
export function useAppQuery<Data>(
  key: QueryKey,
  read: (api: Client, signal: AbortSignal) => Promise<{ readonly body: Data }>,
  { keeps = false, enabled = true, everyMs = false, once = false }: AppQueryOptions = {},
) {
  const { app } = useApp()
  return useQuery({
    queryKey: [app.id, ...key],
    queryFn: async ({ signal }) => (await read(apiOf(app.id), signal)).body,
    enabled,
    refetchInterval: everyMs,
    ...(keeps && { placeholderData: keepPreviousData }),
    ...(once && { staleTime: Number.POSITIVE_INFINITY, gcTime: 0 }),
  })
}

/** Reads anew whatever of the app begins with one of the words: to be called after a change. */
export function useChanged(): (...words: readonly string[]) => Promise<void> {
  const { app } = useApp()
  const queries = useQueryClient()
  return async (...words) => {
    await Promise.all(words.map((word) => queries.invalidateQueries({ queryKey: [app.id, word] })))
  }
}
