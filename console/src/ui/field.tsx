import {
  createContext,
  type InputHTMLAttributes,
  type ReactNode,
  type Ref,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  use,
  useId,
} from 'react'

interface FieldIds {
  readonly input: string
  readonly help: string | undefined
  readonly invalid: boolean
}

const Ids = createContext<FieldIds | undefined>(undefined)

/** One question of a form: its label, the control, a hint, and what is wrong with the answer. */
export function Field({
  label,
  hint,
  error,
  children,
  className = '',
}: {
  readonly label: string
  readonly hint?: ReactNode
  readonly error?: string | undefined
  readonly children: ReactNode
  readonly className?: string
}) {
  const id = useId()
  const told = error ?? hint
  const help = told === undefined ? undefined : `${id}-help`
  return (
    <div className={`flex flex-col gap-1 ${className}`}>
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      <Ids value={{ input: id, help, invalid: error !== undefined }}>{children}</Ids>
      {told !== undefined && (
        <p id={help} className={`text-small ${error === undefined ? 'text-muted' : 'text-bad'}`}>
          {told}
        </p>
      )}
    </div>
  )
}

const control =
  'w-full min-w-0 rounded-control border border-line-strong bg-surface px-2.5 placeholder:text-muted disabled:opacity-60 aria-invalid:border-bad'

function useControl(): { id?: string; 'aria-describedby'?: string; 'aria-invalid'?: true } {
  const ids = use(Ids)
  if (ids === undefined) return {}
  return {
    id: ids.input,
    ...(ids.help !== undefined && { 'aria-describedby': ids.help }),
    ...(ids.invalid && { 'aria-invalid': true as const }),
  }
}

export function TextInput({
  className = '',
  ref,
  ...rest
}: InputHTMLAttributes<HTMLInputElement> & { readonly ref?: Ref<HTMLInputElement> }) {
  return <input {...useControl()} {...rest} ref={ref} className={`${control} h-8 max-sm:h-10 ${className}`} />
}

export function TextArea({
  className = '',
  ref,
  ...rest
}: TextareaHTMLAttributes<HTMLTextAreaElement> & { readonly ref?: Ref<HTMLTextAreaElement> }) {
  return <textarea {...useControl()} {...rest} ref={ref} className={`${control} py-1.5 ${className}`} />
}

/** The browser's own list of choices: it works with every keyboard, reader and phone. */
export function Select({
  className = '',
  ref,
  ...rest
}: SelectHTMLAttributes<HTMLSelectElement> & { readonly ref?: Ref<HTMLSelectElement> }) {
  return <select {...useControl()} {...rest} ref={ref} className={`${control} h-8 max-sm:h-10 pr-1 ${className}`} />
}

/** One yes or no, with its words behind it. */
export function Checkbox({
  label,
  hint,
  ref,
  ...rest
}: Omit<InputHTMLAttributes<HTMLInputElement>, 'type'> & {
  readonly label: ReactNode
  readonly hint?: ReactNode
  readonly ref?: Ref<HTMLInputElement>
}) {
  const id = useId()
  return (
    <div className="flex gap-2">
      <input
        {...rest}
        ref={ref}
        id={id}
        type="checkbox"
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        className="mt-0.5 size-4 shrink-0 accent-accent"
      />
      <div>
        <label htmlFor={id}>{label}</label>
        {hint !== undefined && (
          <p id={`${id}-hint`} className="text-small text-muted">
            {hint}
          </p>
        )}
      </div>
    </div>
  )
}
