import { dialects, isDialect } from './dialects.ts'

/** A dialect's name behind a dot of its colour. */
export function DialectName({ id }: { readonly id: string }) {
  const { name, color } = isDialect(id) ? dialects[id] : { name: id, color: 'var(--muted)' }
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <span aria-hidden className="size-2 shrink-0 rounded-[2px]" style={{ background: color }} />
      {name}
    </span>
  )
}
