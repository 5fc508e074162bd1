import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Profile } from '../../api/client.ts'
import { useAppQuery } from '../../api/queries.ts'
import { useApp } from '../../session/operator.ts'
import { Badge } from '../../ui/badge.tsx'
import { JsonText } from '../../ui/code.tsx'
import { Copyable } from '../../ui/copy.tsx'
import { Panel } from '../../ui/page.tsx'
import { exactTime, Time } from '../../ui/time.tsx'
import { countryName, languageName } from './places.tsx'

type Name = keyof Profile

/** Every field of the native answer, under what it is about. */
const groups: readonly { readonly title: string; readonly names: readonly Name[] }[] = [
  { title: 'Identifiers', names: ['id', 'uid', 'longId', 'number', 'reference', 'username', 'email', 'phone'] },
  { title: 'Person', names: ['type', 'firstName', 'lastName', 'fullName', 'label', 'organization', 'picture'] },
  { title: 'Place', names: ['country', 'city', 'timezone', 'language', 'currency'] },
  { title: 'More', names: ['website', 'twitter', 'comment', 'attributes', 'listIds', 'requireAuth', 'createdBy'] },
  { title: 'Times', names: ['createdAt', 'updatedAt', 'emailVerifiedAt', 'unsubscribedAt'] },
]

/** The record as the core keeps it, by the names of the native API. What is empty is folded away. */
export function RecordPanel({ profile }: { readonly profile: Profile }) {
  const empty = groups.flatMap(({ names }) => names).filter((name) => isEmpty(profile[name]))
  return (
    <section aria-label="Record" className="min-w-0">
      <Panel>
        <div className="flex h-10 items-center justify-between border-b border-line px-4">
          <h2>Record</h2>
          <span className="text-small text-muted">
            changed <Time at={profile.updatedAt} />
          </span>
        </div>
        <div className="py-1">
          {groups.map(({ title, names }) => {
            const full = names.filter((name) => !isEmpty(profile[name]))
            return full.length === 0 ? null : (
              <Group key={title} title={title}>
                {full.map((name) => (
                  <Line key={name} name={name}>
                    <Value profile={profile} name={name} />
                  </Line>
                ))}
              </Group>
            )
          })}
        </div>
        {empty.length > 0 && <EmptyFields names={empty} />}
      </Panel>
    </section>
  )
}

function isEmpty(value: unknown): boolean {
  return (
    value === null || value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
  )
}

function Group({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section aria-label={title} className="border-line py-1.5 not-first:border-t">
      <dl>{children}</dl>
    </section>
  )
}

function Line({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="grid grid-cols-[6.75rem_minmax(0,1fr)] items-baseline gap-3 px-4 py-0.5 text-table">
      <dt>
        <code className="text-small text-muted">{name}</code>
      </dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </div>
  )
}

function EmptyFields({ names }: { readonly names: readonly string[] }) {
  return (
    <details className="group border-t border-line px-4 text-table">
      <summary className="flex min-h-9 cursor-pointer list-none items-center gap-1.5 text-muted hover:text-text">
        <span aria-hidden className="inline-block w-3 group-open:rotate-90">
          ›
        </span>
        {names.length === 1 ? '1 field is empty' : `${names.length} fields are empty`}
      </summary>
      <p className="flex flex-wrap gap-x-3 gap-y-1 pb-3 pl-4.5">
        {names.map((name) => (
          <code key={name} className="text-small text-muted">
            {name}
          </code>
        ))}
      </p>
    </details>
  )
}

/** Shown in mono, to be copied. */
const exact: ReadonlySet<Name> = new Set([
  'id',
  'uid',
  'longId',
  'number',
  'reference',
  'username',
  'email',
  'phone',
  'picture',
])
const times: ReadonlySet<Name> = new Set(['createdAt', 'updatedAt', 'emailVerifiedAt', 'unsubscribedAt'])

function Value({ profile, name }: { readonly profile: Profile; readonly name: Name }) {
  const value = profile[name]
  if (times.has(name)) return <Instant at={String(value)} />
  if (exact.has(name)) {
    return (
      <span className="inline-flex max-w-full items-baseline gap-2">
        <Copyable text={String(value)} what={`the ${name}`} />
        {name === 'email' && profile.emailVerifiedAt !== null && <Badge tone="ok">verified</Badge>}
      </span>
    )
  }
  if (name === 'attributes') return <Attributes value={profile.attributes} />
  if (name === 'listIds') return <Lists ids={profile.listIds} />
  if (name === 'createdBy') return <UserLink id={String(value)} />
  return <Said text={String(value)} meaning={meaningOf(name, String(value))} />
}

function meaningOf(name: Name, text: string): string | undefined {
  if (name === 'country') return countryName(text)
  return name === 'language' ? languageName(text) : undefined
}

/** A text as it is, and what it means when it is a code. */
function Said({ text, meaning }: { readonly text: string; readonly meaning: string | undefined }) {
  return (
    <>
      <span dir="auto">{text}</span>
      {meaning !== undefined && meaning !== text && <span className="text-muted"> · {meaning}</span>}
    </>
  )
}

/** A time in words, and the exact one in the viewer's zone. */
function Instant({ at }: { readonly at: string }) {
  return (
    <>
      <Time at={at} />
      <span className="text-muted"> · {exactTime(new Date(at))}</span>
    </>
  )
}

function Attributes({ value }: { readonly value: Readonly<Record<string, unknown>> }) {
  return (
    <pre className="max-h-56 overflow-auto text-small break-all whitespace-pre-wrap" dir="auto">
      <JsonText text={JSON.stringify(value, null, 2)} />
    </pre>
  )
}

function Lists({ ids }: { readonly ids: readonly string[] }) {
  const lists = useAppQuery(['profile-lists'], (api, signal) => api.listProfileLists({ signal }))
  return (
    <span className="flex flex-wrap gap-1">
      {ids.map((id) => (
        <Badge key={id}>{lists.data?.data.find((list) => list.id === id)?.name ?? id}</Badge>
      ))}
    </span>
  )
}

function UserLink({ id }: { readonly id: string }) {
  const { app } = useApp()
  return (
    <Link to="/$app/users/$profile" params={{ app: app.id, profile: id }} className="text-accent hover:underline">
      <code className="text-[0.92em]">{id}</code>
    </Link>
  )
}
