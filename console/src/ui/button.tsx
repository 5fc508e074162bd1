import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react'

type Look = 'primary' | 'plain' | 'quiet' | 'danger'

const looks: Record<Look, string> = {
  primary: 'bg-accent text-on-accent border-transparent hover:opacity-90',
  plain: 'bg-surface border-line hover:bg-hover',
  quiet: 'border-transparent text-muted hover:bg-hover hover:text-text',
  danger: 'bg-bad text-on-bad border-transparent hover:opacity-90',
}

/** The classes of a button, for links that look like one. */
export function buttonClass(look: Look = 'plain', more = ''): string {
  const base =
    'inline-flex h-8 max-sm:h-10 shrink-0 items-center justify-center gap-1.5 rounded-control border px-3 font-medium whitespace-nowrap select-none disabled:opacity-50'
  return `${base} ${looks[look]} ${more}`
}

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: Look
  /** Work is under way: the button says so to everybody and cannot be pressed again. */
  readonly busy?: boolean
  readonly icon?: ReactNode
  readonly ref?: Ref<HTMLButtonElement>
}

/** A button. Its words are a verb. */
export function Button({
  look,
  busy = false,
  icon,
  children,
  className,
  disabled,
  type = 'button',
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      disabled={disabled === true || busy}
      aria-busy={busy || undefined}
      className={buttonClass(look, className)}
    >
      {icon}
      {children}
    </button>
  )
}

/** A button that shows an icon alone; `label` is its name. */
export function IconButton({
  label,
  children,
  look = 'quiet',
  className = '',
  ...rest
}: ButtonProps & { readonly label: string }) {
  return (
    <Button {...rest} look={look} aria-label={label} title={label} className={`w-8 max-sm:w-10 px-0! ${className}`}>
      {children}
    </Button>
  )
}
