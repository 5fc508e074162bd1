import { ProblemError } from '@facet/sdk/errors'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { type ProfileBody, useApi } from '../../api/client.ts'
import { useChanged } from '../../api/queries.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Notice } from '../../ui/notice.tsx'
import { say } from '../../ui/toast.tsx'
import { changesBetween, type FormValues, textNames, toForm, words } from './fields.ts'
import { ProfileForm, showFieldErrors } from './profile-form.tsx'
import type { Versioned } from './query.ts'

/** Changes a profile, as long as nobody else has since it was read; then it shows what is to be decided. */
export function EditUser({ versioned, onClose }: { readonly versioned: Versioned; readonly onClose: () => void }) {
  const api = useApi()
  const changed = useChanged()
  // The version that the form began with, whatever is read meanwhile.
  const [base, setBase] = useState(versioned)
  const form = useForm<FormValues>({ defaultValues: toForm(base.profile) })
  const { id } = base.profile
  const saving = useMutation({
    mutationFn: (body: ProfileBody) => api.changeProfile({ params: { profile: id }, body, ifMatch: base.etag }),
    onError: (error) => showFieldErrors(form, error),
    onSuccess: async () => {
      await changed('profile', 'profiles', 'faces', 'history')
      say('Saved')
      onClose()
    },
  })
  const stale = saving.error instanceof ProblemError && saving.error.status === 412
  const readAgain = async () => {
    const { body, etag } = await api.getProfile({ params: { profile: id } })
    setBase({ profile: body, etag })
    form.reset(toForm(body), { keepDirtyValues: true })
    saving.reset()
  }
  const save = (input: FormValues) => {
    const body = changesBetween(toForm(base.profile), input)
    if (Object.keys(body).length === 0) onClose()
    else saving.mutate(body)
  }
  return (
    <Dialog open onClose={onClose} title="Edit the user" place="side" sticky>
      <ProfileForm
        form={form}
        error={stale ? null : saving.error}
        busy={saving.isPending}
        action="Save"
        onSubmit={save}
        onCancel={onClose}
      >
        {stale && <Stale onRead={readAgain} />}
        {base !== versioned && base.etag !== versioned.etag && <ChangedMeanwhile before={versioned} now={base} />}
      </ProfileForm>
    </Dialog>
  )
}

function Stale({ onRead }: { readonly onRead: () => Promise<void> }) {
  const reading = useMutation({ mutationFn: onRead })
  return (
    <div role="alert">
      <Notice tone="warn">
        <p className="font-medium">Somebody changed this user in the meantime</p>
        <p className="mb-2">
          Nothing was saved. Read the user again: what you typed stays, the rest shows what it is now.
        </p>
        <Button onClick={() => reading.mutate()} busy={reading.isPending}>
          Read again
        </Button>
        {reading.error !== null && <p className="mt-2 text-bad">It could not be read. Try again in a moment.</p>}
      </Notice>
    </div>
  )
}

/** What the others changed, so that saving on top of it is a decision. */
function ChangedMeanwhile({ before, now }: { readonly before: Versioned; readonly now: Versioned }) {
  const names = textNames.filter((name) => before.profile[name] !== now.profile[name]).map((name) => words[name].title)
  return (
    <Notice>
      Read again{names.length > 0 ? `: ${names.join(', ')} changed meanwhile` : ''}. Look it over, then save.
    </Notice>
  )
}
