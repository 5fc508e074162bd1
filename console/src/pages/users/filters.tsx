import { ListFilter } from 'lucide-react'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import type { ProfileType } from '../../api/client.ts'
import { Button } from '../../ui/button.tsx'
import { Chip } from '../../ui/chip.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Select, TextInput } from '../../ui/field.tsx'
import { CountryOptions } from './places.tsx'

export const profileTypes: readonly ProfileType[] = ['User', 'Department', 'Merchant']

const titles = {
  type: 'Type',
  country: 'Country',
  email: 'E-mail',
  username: 'Username',
  phone: 'Phone',
  reference: 'Reference',
} as const

type FilterName = keyof typeof titles
const names = Object.keys(titles) as FilterName[]

/** What the list is narrowed to, each as a whole value. */
export type Filters = { readonly [Name in FilterName]?: string | undefined }

/** The part of an address that narrows the list. */
export function filtersOf(search: Filters): Filters {
  return Object.fromEntries(names.flatMap((name) => (search[name] === undefined ? [] : [[name, search[name]]])))
}

/** Asks for what to narrow the list to. */
export function FilterButton({
  filters,
  onChange,
}: {
  readonly filters: Filters
  readonly onChange: (filters: Filters) => void
}) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button icon={<ListFilter size={14} aria-hidden />} onClick={() => setOpen(true)}>
        Filter
      </Button>
      <Dialog
        open={open}
        onClose={() => setOpen(false)}
        title="Filter users"
        about="Each is compared as a whole: case does not matter to e-mails and usernames, nor how a phone is written."
      >
        <FilterForm
          filters={filters}
          onChange={(chosen) => {
            setOpen(false)
            onChange(chosen)
          }}
        />
      </Dialog>
    </>
  )
}

function FilterForm({
  filters,
  onChange,
}: {
  readonly filters: Filters
  readonly onChange: (filters: Filters) => void
}) {
  const { register, handleSubmit } = useForm<Record<FilterName, string>>({
    defaultValues: Object.fromEntries(names.map((name) => [name, filters[name] ?? ''])),
  })
  const apply = (input: Record<FilterName, string>) =>
    onChange(Object.fromEntries(names.map((name) => [name, input[name].trim() || undefined])))
  return (
    <form className="flex flex-col gap-4" onSubmit={handleSubmit(apply)}>
      <div className="grid gap-x-4 gap-y-3 sm:grid-cols-2">
        <Field label={titles.type}>
          <Select {...register('type')}>
            <option value="">Any</option>
            {profileTypes.map((type) => (
              <option key={type}>{type}</option>
            ))}
          </Select>
        </Field>
        <Field label={titles.country}>
          <Select {...register('country')}>
            <CountryOptions none="Any" />
          </Select>
        </Field>
        {(['email', 'username', 'phone', 'reference'] as const).map((name) => (
          <Field key={name} label={titles[name]}>
            <TextInput {...register(name)} autoComplete="off" spellCheck={false} dir="auto" />
          </Field>
        ))}
      </div>
      <div className="flex justify-end">
        <Button look="primary" type="submit">
          Show them
        </Button>
      </div>
    </form>
  )
}

/** The filters in force, each with a way to be rid of it. */
export function FilterChips({
  filters,
  onChange,
}: {
  readonly filters: Filters
  readonly onChange: (filters: Filters) => void
}) {
  const inForce = names.filter((name) => filters[name] !== undefined)
  if (inForce.length === 0) return null
  return (
    <ul aria-label="Filters" className="mb-3 flex flex-wrap gap-2">
      {inForce.map((name) => (
        <li key={name} className="max-w-full">
          <Chip label={titles[name]} onRemove={() => onChange({ ...filters, [name]: undefined })}>
            <span className="text-muted">{titles[name]}</span> <span dir="auto">{filters[name]}</span>
          </Chip>
        </li>
      ))}
    </ul>
  )
}
