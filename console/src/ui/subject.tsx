import { Link } from '@tanstack/react-router'
import type { FeedEvent } from '../api/client.ts'
import { useApp } from '../session/operator.ts'
import { Copyable } from './copy.tsx'

const names = ['fullName', 'name', 'label', 'url', 'address', 'username', 'email', 'reference']

/** What the subject is called, as far as the event tells it. */
function nameIn({ data: { before, after } }: FeedEvent): string | undefined {
  const told = after ?? before ?? {}
  return names.map((name) => told[name]).find((value) => typeof value === 'string' && value !== '') as
    | string
    | undefined
}

/** What an event is about: a link to its page where there is one. `byName`: what it is called, where the event tells that. */
export function SubjectLink({ event, byName = false }: { readonly event: FeedEvent; readonly byName?: boolean }) {
  const { app } = useApp()
  const { type, profileId, subjectId } = event
  const look = 'text-accent hover:underline'
  const called = byName ? nameIn(event) : undefined
  const name =
    called === undefined ? (
      <code className="text-[0.92em] break-all">{subjectId}</code>
    ) : (
      <span dir="auto" title={subjectId} className="max-sm:break-words">
        {called}
      </span>
    )
  if (profileId !== null) {
    return (
      <Link to="/$app/users/$profile" params={{ app: app.id, profile: profileId }} className={look}>
        {name}
      </Link>
    )
  }
  if (type.startsWith('webhook_endpoint.') && type !== 'webhook_endpoint.deleted') {
    return (
      <Link to="/$app/webhooks/$endpoint" params={{ app: app.id, endpoint: subjectId }} className={look}>
        {name}
      </Link>
    )
  }
  if (type.startsWith('api_key.')) {
    return (
      <Link to="/$app/api-keys" params={{ app: app.id }} search={{ key: subjectId }} className={look}>
        {name}
      </Link>
    )
  }
  return called === undefined ? <Copyable text={subjectId} what="the subject's id" /> : name
}
