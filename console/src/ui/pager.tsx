import { Button } from './button.tsx'

export interface PagerProps {
  /** How many there are in all, when that is known. */
  readonly total?: number | null | undefined
  readonly shown: number
  /** What one is called, and many are. */
  readonly noun: readonly [one: string, many: string]
  readonly onFirst: (() => void) | undefined
  readonly onNext: (() => void) | undefined
}

const count = new Intl.NumberFormat()

/** A count that is true, and the way on. Cursors lead forward; the browser's own way back leads back. */
export function Pager({ total, shown, noun, onFirst, onNext }: PagerProps) {
  const number = total ?? shown
  return (
    <nav aria-label="Pages" className="mt-3 flex items-center justify-between gap-3 text-muted">
      <p className="figures" role="status">
        {count.format(number)} {number === 1 ? noun[0] : noun[1]}
        {total === undefined || total === null ? ' on this page' : ''}
      </p>
      <div className="flex gap-2">
        {onFirst && <Button onClick={onFirst}>First page</Button>}
        <Button onClick={onNext} disabled={onNext === undefined}>
          Next page
        </Button>
      </div>
    </nav>
  )
}
