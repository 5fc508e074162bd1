import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { Fragment, useMemo } from 'react'
import type { Profile } from '../../api/client.ts'
import { useAppQuery } from '../../api/queries.ts'
import { Badge } from '../../ui/badge.tsx'
import { CopyButton } from '../../ui/copy.tsx'
import { DialectName } from '../../ui/dialect.tsx'
import { dialects, isDialect } from '../../ui/dialects.ts'
import { ErrorNotice } from '../../ui/notice.tsx'
import { Panel } from '../../ui/page.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { coreFields, type Mark, marksOf, tally } from './compare.ts'
import { curlOf } from './curl.ts'
import { FaceBody } from './face-body.tsx'
import { type JsonNode, readJson } from './json-text.ts'
import type { Face } from './query.ts'

const route = getRouteApi('/$app/users/$profile')

/** The profile as each dialect answers it, to the letter. `record`: what the answers are compared with, if it is there still. */
export function FacesPanel({ id, record }: { readonly id: string; readonly record: Profile | undefined }) {
  const { face = 'oumla' } = route.useSearch()
  const navigate = useNavigate({ from: '/$app/users/$profile' })
  const faces = useAppQuery(['faces', id], (api, signal) => api.listFacesOfProfile({ params: { profile: id }, signal }))
  if (faces.error !== null) {
    return (
      <div>
        <ErrorNotice error={faces.error} onRetry={() => void faces.refetch()} />
      </div>
    )
  }
  if (faces.data === undefined) return <div aria-busy="true" className="skeleton h-[34rem]" />
  const all = faces.data.data
  return (
    // Beside the record it is as high as the record is, whatever the answers hold.
    <section aria-label="Faces" className="relative min-w-0 xl:min-h-[36rem]">
      <Panel className="flex flex-col overflow-hidden xl:absolute xl:inset-0">
        <Tabs
          fills
          label="Dialects"
          value={all.some(({ dialect }) => dialect === face) ? face : (all[0]?.dialect ?? face)}
          onChange={(chosen) =>
            void navigate({ search: (now) => ({ ...now, face: chosen }), replace: true, resetScroll: false })
          }
          tabs={all.map((each) => ({
            id: each.dialect,
            title: <DialectName id={each.dialect} />,
            color: colorOf(each.dialect),
            content: <OneFace face={each} record={record} />,
          }))}
        />
      </Panel>
    </section>
  )
}

function colorOf(dialect: string): string {
  return isDialect(dialect) ? dialects[dialect].color : 'var(--accent)'
}

const noMarks: ReadonlyMap<JsonNode, Mark> = new Map()

function OneFace({ face, record }: { readonly face: Face; readonly record: Profile | undefined }) {
  const { dialect, request, status, body } = face
  const node = useMemo(() => readJson(body), [body])
  const marks = useMemo(
    () =>
      node === undefined || record === undefined || status !== 200 || dialect === 'native'
        ? noMarks
        : marksOf(node, coreFields({ ...record })),
    [node, record, status, dialect],
  )
  return (
    <>
      <div className="flex items-start justify-between gap-x-3 border-b border-line bg-sunken py-2 pr-2 pl-4 max-sm:flex-col">
        <div className="min-w-0 py-1 text-small">
          <p className="break-all">
            <code>
              <span className="font-semibold">{request.method}</span> {request.path}
            </code>
          </p>
          {Object.entries(request.headers).map(([name, value]) => (
            <p key={name} className="break-all text-muted">
              <code>
                {name}: {value}
              </code>
            </p>
          ))}
        </div>
        <div className="flex shrink-0 items-center gap-1">
          <Badge tone={status < 400 ? 'ok' : status < 500 ? 'warn' : 'bad'}>{status}</Badge>
          <CopyButton text={body} what="the body as it is served" words="Body" />
          <CopyButton text={curlOf(request, window.location.origin)} what="the curl command" words="curl" />
        </div>
      </div>
      <FaceBody body={body} node={node} marks={marks} color={colorOf(dialect)} label={`The answer of ${dialect}`} />
      <Summary dialect={dialect} marks={marks} status={status} />
    </>
  )
}

/** In a line, how the answer stands to the core. */
function Summary({
  dialect,
  marks,
  status,
}: {
  readonly dialect: string
  readonly marks: ReadonlyMap<JsonNode, Mark>
  readonly status: number
}) {
  const { same, renamed, own } = tally(marks)
  const parts = [
    [same, same === 1 ? 'field of the core' : 'fields of the core'],
    [renamed, 'under another name'],
    [own, `only in ${isDialect(dialect) ? dialects[dialect].name : dialect}`],
  ] as const
  return (
    <p className="figures min-h-9 border-t border-line px-4 py-2 text-small text-muted">
      {status !== 200
        ? 'This is what its clients are answered.'
        : dialect === 'native'
          ? 'The core’s own fields: the other dialects are compared with these.'
          : parts.map(([count, words], index) => (
              <Fragment key={words}>
                {index > 0 && ' · '}
                <span className="text-text">{count}</span> {words}
              </Fragment>
            ))}
    </p>
  )
}
