import { Trash2 } from 'lucide-react'
import { useState } from 'react'
import { type Profile, useApi } from '../../api/client.ts'
import { explain } from '../../api/explain.ts'
import { useChanged } from '../../api/queries.ts'
import { useMay } from '../../session/operator.ts'
import { Button } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy.tsx'
import { ConfirmDialog } from '../../ui/dialog.tsx'
import { Notice } from '../../ui/notice.tsx'
import { say } from '../../ui/toast.tsx'
import { nameOf } from './names.ts'

interface Failure {
  readonly profile: Profile
  readonly detail: string
}

/** What can be done with the rows that are selected. */
export function SelectionBar({
  profiles,
  onSelect,
}: {
  readonly profiles: readonly Profile[]
  readonly onSelect: (selection: ReadonlySet<string>) => void
}) {
  const mayWrite = useMay('profiles:write')
  const [deleting, setDeleting] = useState<readonly Profile[]>()
  const [failures, setFailures] = useState<readonly Failure[]>([])
  const chosen = profiles.length
  return (
    <>
      {failures.length > 0 && <Failures failures={failures} onClose={() => setFailures([])} />}
      {chosen > 0 && (
        <section aria-label="Selection" className="mb-3 flex flex-wrap items-center gap-2">
          <p role="status" className="figures mr-1 font-medium">
            {chosen} selected
          </p>
          <CopyButton text={profiles.map(({ id }) => id).join('\n')} what="the ids" words="Copy ids" />
          {mayWrite && (
            <Button icon={<Trash2 size={14} aria-hidden />} onClick={() => setDeleting(profiles)}>
              Delete
            </Button>
          )}
          <Button look="quiet" onClick={() => onSelect(new Set())}>
            Select none
          </Button>
        </section>
      )}
      <DeleteMany
        profiles={deleting ?? []}
        open={deleting !== undefined}
        onClose={() => setDeleting(undefined)}
        onDone={(failed) => {
          setFailures(failed)
          onSelect(new Set(failed.map(({ profile }) => profile.id)))
        }}
      />
    </>
  )
}

/** Deletes one after the other, each by a request of its own, and tells which were not. */
function DeleteMany({
  profiles,
  open,
  onClose,
  onDone,
}: {
  readonly profiles: readonly Profile[]
  readonly open: boolean
  readonly onClose: () => void
  readonly onDone: (failures: readonly Failure[]) => void
}) {
  const api = useApi()
  const changed = useChanged()
  const [tried, setTried] = useState<number>()
  const noun = profiles.length === 1 ? 'user' : 'users'
  const deleteAll = async () => {
    const failures: Failure[] = []
    for (const [index, profile] of profiles.entries()) {
      setTried(index)
      await api.deleteProfile({ params: { profile: profile.id } }).catch((error: unknown) => {
        failures.push({ profile, detail: explain(error).detail })
      })
    }
    setTried(undefined)
    await changed('profiles', 'profile')
    onDone(failures)
    const deleted = profiles.length - failures.length
    say(`${deleted} ${deleted === 1 ? 'user' : 'users'} deleted`)
  }
  return (
    <ConfirmDialog
      open={open}
      onClose={onClose}
      title={`Delete ${profiles.length} ${noun}`}
      word={`delete ${profiles.length}`}
      action={`Delete ${profiles.length} ${noun}`}
      onConfirm={deleteAll}
    >
      <p>
        Everything that is known of them is lost: fields, attributes, pictures, sessions. It cannot be undone. Their
        identifiers are free again; their ids never come to mean somebody else.
      </p>
      {tried !== undefined && (
        <p role="status" className="figures mt-3 font-medium text-text">
          {tried} of {profiles.length} done
          <progress
            className="mt-1 block w-full accent-accent"
            aria-label="Deleted"
            value={tried}
            max={profiles.length}
          />
        </p>
      )}
    </ConfirmDialog>
  )
}

function Failures({ failures, onClose }: { readonly failures: readonly Failure[]; readonly onClose: () => void }) {
  return (
    <div role="alert" className="mb-3">
      <Notice tone="warn">
        <div className="flex items-start justify-between gap-3">
          <p className="font-medium">
            {failures.length === 1 ? 'One user was not deleted' : `${failures.length} users were not deleted`}
          </p>
          <Button onClick={onClose}>Dismiss</Button>
        </div>
        <ul>
          {failures.map(({ profile, detail }) => (
            <li key={profile.id}>
              <span dir="auto">{nameOf(profile)}</span>: {detail}
            </li>
          ))}
        </ul>
      </Notice>
    </div>
  )
}
