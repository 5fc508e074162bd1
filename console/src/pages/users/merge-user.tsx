import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { type Profile, useApi } from '../../api/client.ts'
import { findProfiles } from '../../api/find-profiles.ts'
import { useAppQuery, useChanged } from '../../api/queries.ts'
import { useApp } from '../../session/operator.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, TextInput } from '../../ui/field.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { say } from '../../ui/toast.tsx'
import { useDebounced } from '../../ui/use-debounced.ts'
import { mergeOf } from './merging.ts'
import { nameOf } from './names.ts'

/** Ends a profile in another: asks in which, and says what goes over and what is lost. */
export function MergeUser({ source, onClose }: { readonly source: Profile; readonly onClose: () => void }) {
  const [target, setTarget] = useState<Profile>()
  return (
    <Dialog
      open
      onClose={onClose}
      title="Merge into another user"
      about={
        <>
          <bdi className="font-medium text-text">{nameOf(source)}</bdi> ends in the user that you choose, who gets what
          they lack.
        </>
      }
    >
      {target === undefined ? (
        <ChooseTarget source={source} onChoose={setTarget} />
      ) : (
        <ConfirmMerge source={source} target={target} onBack={() => setTarget(undefined)} />
      )}
    </Dialog>
  )
}

function ChooseTarget({
  source,
  onChoose,
}: {
  readonly source: Profile
  readonly onChoose: (target: Profile) => void
}) {
  const [text, setText] = useState('')
  const q = useDebounced(text.trim(), 80)
  const found = useAppQuery(
    ['profiles', 'to-merge-into', q],
    (api, signal) => findProfiles(api, { q, limit: 8 }, signal),
    { keeps: true, enabled: q !== '' },
  )
  const others = q === '' ? [] : (found.data?.data.filter(({ id }) => id !== source.id) ?? [])
  return (
    <div className="flex min-h-64 flex-col gap-3">
      <Field label="Find the other user" hint="By name, e-mail, phone, id, reference or wallet address">
        <TextInput value={text} onChange={({ target }) => setText(target.value)} autoComplete="off" dir="auto" />
      </Field>
      {found.error !== null && <ErrorNotice error={found.error} />}
      <ul aria-label="Users found" className="-mx-2">
        {others.map((profile) => (
          <li key={profile.id}>
            <button
              type="button"
              onClick={() => onChoose(profile)}
              className="flex min-h-9 w-full items-center gap-3 rounded-control px-2 text-left hover:bg-hover max-sm:min-h-11"
            >
              <span className="min-w-0 truncate font-medium" dir="auto">
                {nameOf(profile)}
              </span>
              <span className="ml-auto min-w-0 truncate text-muted">
                {profile.email ?? profile.reference ?? profile.uid}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {q !== '' && found.data !== undefined && others.length === 0 && <p className="text-muted">Nobody else fits.</p>}
    </div>
  )
}

const word = 'merge'

function ConfirmMerge({
  source,
  target,
  onBack,
}: {
  readonly source: Profile
  readonly target: Profile
  readonly onBack: () => void
}) {
  const { app } = useApp()
  const api = useApi()
  const changed = useChanged()
  const navigate = useNavigate()
  const [typed, setTyped] = useState('')
  const merging = useMutation({
    mutationFn: () => api.mergeProfileIntoAnother({ params: { profile: target.id }, body: { source: source.id } }),
    onSuccess: async () => {
      say(`${nameOf(source)} was merged into ${nameOf(target)}`)
      await navigate({ to: '/$app/users/$profile', params: { app: app.id, profile: target.id } })
      await changed('profiles', 'profile', 'faces', 'history', 'wallets')
    },
  })
  const { gained, lost } = mergeOf(source, target)
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        if (typed === word) merging.mutate()
      }}
    >
      <dl className="grid grid-cols-[6rem_minmax(0,1fr)] gap-x-3 gap-y-1.5">
        <dt className="text-muted">Into</dt>
        <dd dir="auto" className="min-w-0 font-medium break-words">
          {nameOf(target)}
        </dd>
        <dt className="text-muted">Goes over</dt>
        <dd>{[...gained, 'wallets', 'events'].join(', ')}</dd>
        <dt className="text-muted">Is lost</dt>
        <dd className={lost.length > 0 ? 'text-bad' : ''}>{lost.length > 0 ? lost.join(', ') : 'nothing'}</dd>
      </dl>
      <p className="text-muted">
        The password and the sessions go over if the other has no password, and end otherwise. Whoever asks for{' '}
        <bdi>{nameOf(source)}</bdi> by its ids is told that it is not there. It cannot be undone.
      </p>
      <Field label={`Type “${word}” to go on`}>
        <TextInput value={typed} onChange={({ target }) => setTyped(target.value)} autoComplete="off" />
      </Field>
      {merging.error !== null && <ErrorNotice error={merging.error} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onBack}>Choose another</Button>
        <Button look="danger" type="submit" disabled={typed !== word} busy={merging.isPending}>
          Merge
        </Button>
      </div>
    </form>
  )
}
