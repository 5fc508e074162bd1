import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { type Profile, useApi } from '../../api/client.ts'
import { useChanged } from '../../api/queries.ts'
import { useMay } from '../../session/operator.ts'
import { Button } from '../../ui/button.tsx'
import { Code } from '../../ui/code.tsx'
import { CopyButton } from '../../ui/copy.tsx'
import { ConfirmDialog } from '../../ui/dialog.tsx'
import { Empty } from '../../ui/notice.tsx'
import { Panel } from '../../ui/page.tsx'
import { say } from '../../ui/toast.tsx'
import { nameOf } from './names.ts'

/** The files that there are of a picture, and how wide each is shown, in pixels. */
const files = [
  { name: 'original', shownAs: 256 },
  { name: 'crop', shownAs: 256 },
  { name: '512', shownAs: 256 },
  { name: '256', shownAs: 128 },
  { name: '128', shownAs: 128 },
  { name: '64', shownAs: 64 },
] as const

/** The picture in all its sizes. */
export function PictureTab({ profile }: { readonly profile: Profile }) {
  const mayWrite = useMay('profiles:write')
  const { picture } = profile
  if (picture === null) return <NoPicture />
  return (
    <div className="flex flex-col gap-4">
      {mayWrite && <RemovePicture id={profile.id} />}
      <ul className="flex flex-wrap items-end gap-5">
        {files.map(({ name, shownAs }) => (
          <li key={name}>
            <figure className="flex flex-col gap-1">
              <img
                src={`${picture}/${name}.webp`}
                alt={`${nameOf(profile)}, ${name}`}
                width={shownAs}
                height={shownAs}
                loading="lazy"
                className="rounded-control border border-line bg-sunken object-contain"
              />
              <figcaption className="flex items-center gap-1 text-small text-muted">
                <code>{name}.webp</code>
                <CopyButton
                  text={new URL(`${picture}/${name}.webp`, window.location.origin).href}
                  what={`the address of ${name}.webp`}
                />
              </figcaption>
            </figure>
          </li>
        ))}
      </ul>
    </div>
  )
}

function RemovePicture({ id }: { readonly id: string }) {
  const api = useApi()
  const changed = useChanged()
  const [open, setOpen] = useState(false)
  const removing = useMutation({
    mutationFn: () => api.removePictureOfProfile({ params: { profile: id } }),
    onSuccess: async () => {
      await changed('profile', 'profiles', 'faces', 'history')
      say('The picture was removed')
    },
  })
  return (
    <div>
      <Button onClick={() => setOpen(true)}>Remove the picture</Button>
      <ConfirmDialog
        open={open}
        onClose={() => setOpen(false)}
        title="Remove the picture"
        word="remove"
        action="Remove the picture"
        onConfirm={() => removing.mutateAsync()}
      >
        All its sizes are gone within minutes, and its addresses lead nowhere. It cannot be undone.
      </ConfirmDialog>
    </div>
  )
}

function NoPicture() {
  const command = [
    `curl ${window.location.origin}/api/v1/user/profile-image/ \\`,
    '  -H "apikey: $FACET_KEY" -H "Authorization: Bearer $FACET_TOKEN" \\',
    "  -F 'image=@photo.jpg' -F 'cropped_image=@face.jpg'",
  ].join('\n')
  return (
    <Panel>
      <Empty title="There is no picture">
        <p className="max-w-[65ch] text-muted">
          People put up their own, signed in through the Epixel dialect.{' '}
          <code className="text-small">$FACET_TOKEN</code> is their access token.
        </p>
        <Code text={command} what="the command" />
      </Empty>
    </Panel>
  )
}
