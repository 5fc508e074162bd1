import type { EventType } from '../api/client.ts'
import { covers, groupsOf, withPattern } from '../event-types.ts'
import { Ticked } from './code.tsx'
import { Checkbox } from './field.tsx'

/** The catalogue of events, to choose from: all, groups, or single types. */
export function TypePicker({
  catalogue,
  value,
  onChange,
}: {
  readonly catalogue: readonly EventType[]
  readonly value: readonly string[]
  readonly onChange: (patterns: string[]) => void
}) {
  const box = (pattern: string, { bold = false, hint }: { bold?: boolean; hint?: string } = {}) => (
    <Checkbox
      checked={value.some((chosen) => covers(chosen, pattern))}
      disabled={value.some((chosen) => chosen !== pattern && covers(chosen, pattern))}
      onChange={({ target }) =>
        onChange(target.checked ? withPattern(value, pattern) : value.filter((chosen) => chosen !== pattern))
      }
      label={<code className={`text-[0.92em] ${bold ? 'font-semibold' : ''}`}>{pattern}</code>}
      hint={hint && <Ticked text={hint} />}
    />
  )
  return (
    <div className="flex flex-col gap-3 rounded-control border border-line p-3">
      {box('*', { bold: true, hint: 'Everything, also what later versions add.' })}
      {groupsOf(catalogue).map(({ name, pattern, types }) => (
        <div key={name} className="flex flex-col gap-1.5">
          {box(pattern, { bold: true })}
          <div className="flex flex-col gap-1.5 pl-6">
            {types.map(({ type, about }) => (
              <div key={type}>{box(type, { hint: about })}</div>
            ))}
          </div>
        </div>
      ))}
    </div>
  )
}
