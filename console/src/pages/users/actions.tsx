import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { Ellipsis, Pencil } from 'lucide-react'
import { lazy, Suspense } from 'react'
import { type Profile, useApi } from '../../api/client.ts'
import { useChanged } from '../../api/queries.ts'
import { useApp, useMay } from '../../session/operator.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { copyText } from '../../ui/copy.tsx'
import { ConfirmDialog } from '../../ui/dialog.tsx'
import { Menu, MenuItem, MenuLine } from '../../ui/menu.tsx'
import { say } from '../../ui/toast.tsx'
import { nameOf } from './names.ts'
import type { Versioned } from './query.ts'

const EditUser = lazy(() => import('./edit-user.tsx').then(({ EditUser }) => ({ default: EditUser })))
const MergeUser = lazy(() => import('./merge-user.tsx').then(({ MergeUser }) => ({ default: MergeUser })))

const route = getRouteApi('/$app/users/$profile')

/** What can be done with a profile. Which of it is being asked about stands in the address. */
export function UserActions({ versioned }: { readonly versioned: Versioned }) {
  const { profile } = versioned
  const { sheet } = route.useSearch()
  const navigate = useNavigate()
  const mayWrite = useMay('profiles:write')
  // From the page that is open by then: what ends with the user leads away from this one.
  const open = (next: string | undefined) =>
    void navigate({ to: '.', search: (now) => ({ ...now, sheet: next }), resetScroll: false })
  const close = () => open(undefined)
  return (
    <>
      {mayWrite && (
        <Button icon={<Pencil size={14} aria-hidden />} onClick={() => open('edit')}>
          Edit
        </Button>
      )}
      <Menu
        label="More to do"
        trigger={(props) => (
          <IconButton {...props} label="More to do" look="plain">
            <Ellipsis size={16} aria-hidden />
          </IconButton>
        )}
      >
        <MenuItem onClick={() => void copyIdentifiers(profile)}>Copy all identifiers</MenuItem>
        {mayWrite && (
          <>
            <MenuItem onClick={() => open('merge')}>Merge into another</MenuItem>
            {profile.unsubscribedAt === null && <MenuItem onClick={() => open('unsubscribe')}>Unsubscribe</MenuItem>}
            <MenuLine />
            <MenuItem danger onClick={() => open('delete')}>
              Delete
            </MenuItem>
          </>
        )}
      </Menu>
      {mayWrite && (
        <>
          <Suspense>
            {sheet === 'edit' && <EditUser versioned={versioned} onClose={close} />}
            {sheet === 'merge' && <MergeUser source={profile} onClose={close} />}
          </Suspense>
          <Unsubscribe profile={profile} open={sheet === 'unsubscribe'} onClose={close} />
          <Delete profile={profile} open={sheet === 'delete'} onClose={close} />
        </>
      )}
    </>
  )
}

/** All that the profile can be looked up by, as JSON. */
async function copyIdentifiers(profile: Profile): Promise<void> {
  const { id, uid, longId, number, reference, username, email, phone } = profile
  const identifiers = { id, uid, longId, number, reference, username, email, phone }
  if (await copyText(JSON.stringify(identifiers, null, 2))) say('The identifiers were copied')
}

interface QuestionProps {
  readonly profile: Profile
  readonly open: boolean
  readonly onClose: () => void
}

function Unsubscribe({ profile, ...dialog }: QuestionProps) {
  const api = useApi()
  const changed = useChanged()
  const unsubscribe = async () => {
    await api.unsubscribeProfile({ params: { profile: profile.id } })
    await changed('profile', 'profiles', 'faces', 'history')
    say(`${nameOf(profile)} is unsubscribed`)
  }
  return (
    <ConfirmDialog
      {...dialog}
      title="Unsubscribe the user"
      word="unsubscribe"
      action="Unsubscribe"
      onConfirm={unsubscribe}
    >
      The user is marked as one who wants to be left alone, and their e-mail and phone cannot be put on another user of
      the app, even after this one is deleted. It cannot be undone.
    </ConfirmDialog>
  )
}

function Delete({ profile, ...dialog }: QuestionProps) {
  const { app } = useApp()
  const api = useApi()
  const changed = useChanged()
  const navigate = useNavigate()
  const remove = async () => {
    await api.deleteProfile({ params: { profile: profile.id } })
    say(`${nameOf(profile)} was deleted`)
    await navigate({ to: '/$app/users', params: { app: app.id } })
    await changed('profiles', 'profile')
  }
  return (
    <ConfirmDialog {...dialog} title="Delete the user" word="delete" action="Delete the user" onConfirm={remove}>
      <p className="mb-2">
        All that is known of <bdi className="font-medium text-text">{nameOf(profile)}</bdi> is lost: fields, attributes,
        picture, sessions. Their wallets are closed. It cannot be undone.
      </p>
      <p>Their identifiers are free again. Their ids answer as not found, and never come to mean somebody else.</p>
    </ConfirmDialog>
  )
}
