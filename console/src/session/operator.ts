import { queryOptions, useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { type Answer, operatorApi } from '../api/client.ts'

export type Operator = Answer<'getOperator'>
export type Organization = Operator['organizations'][number]
export type App = Organization['apps'][number]

/** What a role may let an operator do, as far as the console asks for it. */
export type Scope =
  | 'profiles:read'
  | 'profiles:write'
  | 'keys:manage'
  | 'webhooks:manage'
  | 'wallets:write'
  | 'events:read'
  | 'outbox:read'
  | 'organization:manage'

/** Who is signed in, and what they may do where. */
export const operatorQuery = queryOptions({
  queryKey: ['operator'],
  queryFn: async ({ signal }) => (await operatorApi.getOperator({ signal })).body,
  staleTime: 60_000,
})

export function useOperator(): Operator {
  return useSuspenseQuery(operatorQuery).data
}

/** The app with its organization, if the operator may see it. */
export function findApp(operator: Operator, id: string): { app: App; organization: Organization } | undefined {
  for (const organization of operator.organizations) {
    const app = organization.apps.find((candidate) => candidate.id === id)
    if (app !== undefined) return { app, organization }
  }
  return undefined
}

/** The app that the address names; the layout of its pages has made sure that it is there. */
export function useApp(): { app: App; organization: Organization } {
  const { app } = useParams({ from: '/$app' })
  const found = findApp(useOperator(), app)
  if (found === undefined) throw new Error('The page stands outside an app')
  return found
}

/** Whether the operator's role lets them do something. The server decides; this only spares them a refusal. */
export function useMay(scope: Scope): boolean {
  return useApp().organization.scopes.includes(scope)
}
