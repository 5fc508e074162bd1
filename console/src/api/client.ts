import { type Answer as AnswerOf, type Client, createClient } from '@facet/sdk'
import type { Operations } from '@facet/sdk/operations'
import { useMemo } from 'react'
import { useApp } from '../session/operator.ts'

export type * from '@facet/sdk/operations'

/** The body of an operation's answer. */
export type Answer<Name extends keyof Operations> = AnswerOf<Name>['body']

/** The native API outside any app: who is signed in, and what they may see. */
export const operatorApi = createClient({ baseUrl: '' })

const clients = new Map<string, Client>()

/** The native API inside an app. Its writes are keyed, so that one whose answer was lost is repeated and not done twice. */
export function apiOf(appId: string): Client {
  const known = clients.get(appId)
  if (known !== undefined) return known
  const client = createClient({ baseUrl: '', headers: { 'facet-app': appId }, keyedWrites: true })
  clients.set(appId, client)
  return client
}

/** The native API inside the app that is open. */
export function useApi(): Client {
  const { app } = useApp()
  return useMemo(() => apiOf(app.id), [app.id])
}
