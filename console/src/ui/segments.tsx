import type { ReactNode } from 'react'

/** A few views of one thing, side by side, of which one is on. */
export function Segments<Id extends string>({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string
  readonly value: Id
  readonly options: readonly (readonly [id: Id, words: ReactNode])[]
  readonly onChange: (id: Id) => void
}) {
  return (
    <fieldset className="flex max-w-full flex-wrap gap-0.5 rounded-control border border-line bg-sunken p-0.5">
      <legend className="sr-only">{label}</legend>
      {options.map(([id, words]) => (
        <button
          key={id}
          type="button"
          aria-pressed={id === value}
          onClick={() => onChange(id)}
          className="h-7 rounded-[4px] px-2.5 text-muted hover:text-text aria-pressed:bg-surface aria-pressed:text-text aria-pressed:shadow-[0_0_0_1px_var(--line)] max-sm:h-9"
        >
          {words}
        </button>
      ))}
    </fieldset>
  )
}
