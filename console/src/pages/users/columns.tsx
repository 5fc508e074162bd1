import { Columns3 } from 'lucide-react'
import type { Profile } from '../../api/client.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Copyable } from '../../ui/copy.tsx'
import { Menu, MenuCheck } from '../../ui/menu.tsx'
import type { Column } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { nameOf } from './names.ts'

/** A text that somebody wrote, or a dash. */
function written(id: string, title: string, read: (profile: Profile) => string | null): Column<Profile> {
  return {
    id,
    title,
    width: '10rem',
    cell: (profile) => {
      const text = read(profile)
      if (text === null) return <span className="text-muted">–</span>
      return (
        <span dir="auto" title={text}>
          {text}
        </span>
      )
    },
  }
}

/** An exact text, with a way to copy it, or a dash. */
function exact(id: string, title: string, width: string, read: (profile: Profile) => string | null): Column<Profile> {
  return {
    id,
    title,
    width,
    cell: (profile) => {
      const text = read(profile)
      return text === null ? (
        <span className="text-muted">–</span>
      ) : (
        <Copyable text={text} what={`the ${title.toLowerCase()}`} />
      )
    },
  }
}

const name: Column<Profile> = {
  id: 'name',
  title: 'Name',
  width: '14rem',
  cell: (profile) => (
    <span dir="auto" title={nameOf(profile)}>
      {nameOf(profile)}
    </span>
  ),
}

const type: Column<Profile> = {
  id: 'type',
  title: 'Type',
  cell: (profile) => <Badge>{profile.type}</Badge>,
}

function time(id: 'createdAt' | 'updatedAt', title: string, sorts: boolean): Column<Profile> {
  return { id, title, sorts, cell: (profile) => <Time at={profile[id]} /> }
}

/** Every column that there is. A search has an order of its own, the best first, so that nothing else sorts it. */
function allColumns(sorts: boolean): readonly Column<Profile>[] {
  return [
    name,
    exact('email', 'E-mail', '17.5rem', ({ email }) => email),
    exact('phone', 'Phone', '10rem', ({ phone }) => phone),
    exact('reference', 'Reference', '11.5rem', ({ reference }) => reference),
    exact('username', 'Username', '11rem', ({ username }) => username),
    exact('id', 'ID', '19.5rem', ({ id }) => id),
    exact('uid', 'UID', '10rem', ({ uid }) => uid),
    type,
    written('country', 'Country', ({ country }) => country),
    written('city', 'City', ({ city }) => city),
    written('organization', 'Organization', ({ organization }) => organization),
    written('label', 'Label', ({ label }) => label),
    time('createdAt', 'Created', sorts),
    time('updatedAt', 'Updated', sorts),
  ]
}

const usual = ['email', 'phone', 'reference', 'createdAt']

/** The columns that the address names, or the usual ones. A name is always there: it leads to the profile. */
export function columnsOf(chosen: string | undefined, sorts: boolean): readonly Column<Profile>[] {
  const ids = chosen?.split(',') ?? usual
  return allColumns(sorts).filter(({ id }) => id === 'name' || ids.includes(id))
}

/** Lets people choose columns. `onChange` gets what belongs into the address: nothing for the usual ones. */
export function ColumnMenu({
  chosen,
  onChange,
}: {
  readonly chosen: string | undefined
  readonly onChange: (chosen: string | undefined) => void
}) {
  const ids = chosen?.split(',') ?? usual
  const choose = (id: string, on: boolean) => {
    const next = on ? [...ids, id] : ids.filter((each) => each !== id)
    const isUsual = next.length === usual.length && usual.every((each) => next.includes(each))
    // An empty text would be no text at all; the name stands for none beside it.
    onChange(isUsual ? undefined : next.join(',') || 'name')
  }
  return (
    <Menu
      label="Columns"
      trigger={(props) => (
        <Button {...props} icon={<Columns3 size={14} aria-hidden />}>
          Columns
        </Button>
      )}
    >
      {allColumns(false)
        .filter(({ id }) => id !== 'name')
        .map(({ id, title }) => (
          <MenuCheck key={id} checked={ids.includes(id)} onChange={(on) => choose(id, on)}>
            {title}
          </MenuCheck>
        ))}
    </Menu>
  )
}
