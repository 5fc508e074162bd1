import { ProblemError } from '@facet/sdk/errors'
import { type Query, QueryCache, QueryClient } from '@tanstack/react-query'
import { operatorQuery } from './operator.ts'

/** Beside every 401, the refusals that say: what the operator may do where is not what the console has read. */
const codes: ReadonlySet<string> = new Set(['app_not_found', 'scope_missing'])

/**
 * What the console reads, and knows of the operator. A session that was ended elsewhere, a role that was changed, an app that they
 * were taken from: `onNews` is called when an answer tells of it, and what was read of the operator counts no more.
 */
export function makeQueries(onNews: () => void): QueryClient {
  const [ofOperator] = operatorQuery.queryKey
  const heard = (error: unknown, { queryKey }: Pick<Query, 'queryKey'>) => {
    if (queryKey[0] === ofOperator || !(error instanceof ProblemError)) return
    if (error.status !== 401 && !codes.has(error.code)) return
    void queries.invalidateQueries({ queryKey: operatorQuery.queryKey, refetchType: 'none' })
    onNews()
  }
  const queries = new QueryClient({
    queryCache: new QueryCache({ onError: (error, query) => heard(error, query) }),
    // The SDK repeats what may be repeated; a second layer of repeats would only make people wait for an error.
    defaultOptions: { queries: { retry: false, staleTime: 5_000 } },
  })
  return queries
}
