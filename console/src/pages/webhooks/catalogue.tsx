import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { EventType } from '../../api/client.ts'
import { useAppQuery } from '../../api/queries.ts'
import { triggerCommand } from '../../commands.ts'
import { groupsOf } from '../../event-types.ts'
import { useApp } from '../../session/operator.ts'
import { Code, JsonBox, Ticked } from '../../ui/code.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { Panel } from '../../ui/page.tsx'

const route = getRouteApi('/$app/webhooks')

/** Every type of event that there is, and what each tells. */
export function Catalogue() {
  const { type } = route.useSearch()
  const navigate = useNavigate({ from: '/$app/webhooks' })
  const types = useAppQuery(['event-types'], (api, signal) => api.listEventTypes({ signal }))
  if (types.error !== null) return <ErrorNotice error={types.error} onRetry={() => void types.refetch()} />
  if (types.data === undefined) return <div className="skeleton h-[36rem]" />
  const opened = types.data.data.find((each) => each.type === type)
  return (
    <div className="flex flex-col gap-6">
      {groupsOf(types.data.data).map(({ name, pattern, types: members }) => (
        <section key={name} aria-label={pattern}>
          <h2 className="mb-2 font-medium">
            <code>{pattern}</code>
          </h2>
          <Panel>
            <ul>
              {members.map((each) => (
                <li key={each.type} className="not-last:border-b border-line">
                  <TypeRow type={each} />
                </li>
              ))}
            </ul>
          </Panel>
        </section>
      ))}
      {opened && (
        <TypeSheet type={opened} onClose={() => void navigate({ search: { tab: 'catalogue' }, resetScroll: false })} />
      )}
    </div>
  )
}

function TypeRow({ type: { type, about } }: { readonly type: EventType }) {
  return (
    <Link
      from="/$app/webhooks"
      to="/$app/webhooks"
      search={{ tab: 'catalogue', type }}
      resetScroll={false}
      className="flex min-h-9 items-baseline gap-x-4 px-3 py-2 text-table -outline-offset-2 hover:bg-hover max-sm:flex-col"
    >
      <code className="w-64 shrink-0 text-[0.92em] font-medium">{type}</code>
      <span className="text-muted">
        <Ticked text={about} />
      </span>
    </Link>
  )
}

function TypeSheet({ type, onClose }: { readonly type: EventType; readonly onClose: () => void }) {
  const { app } = useApp()
  return (
    <Dialog open onClose={onClose} place="side" title={type.type} about={<Ticked text={type.about} />}>
      <div className="flex flex-col gap-6">
        <Part title="Data, by example" about={`subjectId is the id of the ${type.subject.replaceAll('_', ' ')}.`}>
          <JsonBox value={type.example} what="the example" />
        </Part>
        {app.mode === 'sandbox' && (
          <Part title="Make one now">
            <Code text={triggerCommand(app, type.type)} what="the command" wrap />
          </Part>
        )}
        <Part title="JSON Schema of data">
          <JsonBox value={type.schema} what="the schema" />
        </Part>
      </div>
    </Dialog>
  )
}

function Part({
  title,
  about,
  children,
}: {
  readonly title: string
  readonly about?: string
  readonly children: ReactNode
}) {
  return (
    <section aria-label={title}>
      <h3 className="font-medium">{title}</h3>
      {about !== undefined && <p className="text-muted">{about}</p>}
      <div className="mt-2">{children}</div>
    </section>
  )
}
