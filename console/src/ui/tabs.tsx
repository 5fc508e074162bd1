import { Tabs as Base } from '@base-ui/react/tabs'
import type { CSSProperties, ReactNode } from 'react'

export interface Tab {
  readonly id: string
  readonly title: ReactNode
  readonly content: ReactNode
  /** Of the line under the tab while it is the one seen, where a colour says what the tab is. */
  readonly color?: string
}

/** Several views of one thing, of which one is seen. The caller keeps which one, most often in the address. */
export function Tabs({
  label,
  tabs,
  value,
  onChange,
  fills = false,
}: {
  readonly label: string
  readonly tabs: readonly Tab[]
  readonly value: string
  readonly onChange: (id: string) => void
  /** Stands in a frame whose height it takes, so that its views can scroll. */
  readonly fills?: boolean
}) {
  return (
    <Base.Root
      value={value}
      onValueChange={(next) => onChange(String(next))}
      className={fills ? 'flex min-h-0 flex-1 flex-col' : ''}
    >
      <Base.List
        aria-label={label}
        className={`flex shrink-0 gap-1 overflow-x-auto border-b border-line ${fills ? 'h-10 px-2' : ''}`}
        activateOnFocus
      >
        {tabs.map(({ id, title, color }) => (
          <Base.Tab
            key={id}
            value={id}
            {...(color !== undefined && { style: { '--tab': color } as CSSProperties })}
            className="-mb-px h-9 shrink-0 self-end border-b-2 border-transparent px-2.5 font-medium text-muted outline-offset-[-2px] hover:text-text data-active:border-[var(--tab,var(--accent))] data-active:text-text"
          >
            {title}
          </Base.Tab>
        ))}
      </Base.List>
      {tabs.map(({ id, content }) => (
        <Base.Panel
          key={id}
          value={id}
          className={fills ? 'flex min-h-0 flex-1 flex-col outline-offset-[-2px]' : 'pt-4 outline-offset-2'}
        >
          {content}
        </Base.Panel>
      ))}
    </Base.Root>
  )
}
