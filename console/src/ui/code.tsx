import { Fragment, type ReactNode } from 'react'
import { CopyButton } from './copy.tsx'

/** A text to be copied as it is: a command, a secret, a body. */
export function Code({
  text,
  what,
  children,
  wrap = false,
}: {
  readonly text: string
  /** Names it for the copy button: “the command”. */
  readonly what: string
  readonly children?: ReactNode
  readonly wrap?: boolean
}) {
  return (
    <div className="relative w-full min-w-0 rounded-control border border-line bg-sunken">
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard (WCAG 2.1.1)
        tabIndex={0}
        className={`overflow-x-auto p-3 pr-11 text-small leading-[18px] ${wrap ? 'break-all whitespace-pre-wrap' : ''}`}
      >
        <code>{children ?? text}</code>
      </pre>
      <div className="absolute top-1 right-1 rounded-control bg-sunken [&_button]:h-8 [&_button]:w-8">
        <CopyButton text={text} what={what} />
      </div>
    </div>
  )
}

const token = /("(?:\\.|[^"\\])*")(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\b(?:true|false|null)\b/g

/** JSON as it came, letter by letter, with its names, texts and other values told apart. */
export function JsonText({ text }: { readonly text: string }) {
  const parts: ReactNode[] = []
  let end = 0
  for (const match of text.matchAll(token)) {
    const [whole, string, colon] = match
    parts.push(text.slice(end, match.index))
    const look = colon !== undefined ? 'text-text' : string === undefined ? 'text-accent' : 'text-muted'
    parts.push(<span className={look}>{whole}</span>)
    end = match.index + whole.length
  }
  parts.push(text.slice(end))
  // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other name
  return parts.map((part, index) => <Fragment key={index}>{part}</Fragment>)
}

/** JSON with a line for each member. What is no JSON stays as it is. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

/** A sentence in which what stands between backticks is code, as the API's own descriptions have it. */
export function Ticked({ text }: { readonly text: string }) {
  return text.split('`').map((part, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other name
    index % 2 === 0 ? part : <code key={index}>{part}</code>,
  )
}

/** JSON in a box of its own. */
export function JsonBox({ value, what }: { readonly value: unknown; readonly what: string }) {
  const text = JSON.stringify(value, null, 2)
  return (
    <Code text={text} what={what}>
      <JsonText text={text} />
    </Code>
  )
}
