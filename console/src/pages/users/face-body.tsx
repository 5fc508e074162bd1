import type { ReactNode } from 'react'
import { pretty } from '../../ui/code.tsx'
import type { Mark } from './compare.ts'
import type { JsonNode } from './json-text.ts'

type Marks = ReadonlyMap<JsonNode, Mark>

interface Line {
  readonly depth: number
  readonly content: ReactNode
  readonly mark: Mark | undefined
}

/** An answer with a line for each member, and beside it a word where it is not the core's field under the core's name. */
export function FaceBody({
  body,
  node,
  marks,
  color,
  label,
}: {
  readonly body: string
  readonly node: JsonNode | undefined
  readonly marks: Marks
  readonly color: string
  readonly label: string
}) {
  return (
    <section
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard (WCAG 2.1.1)
      tabIndex={0}
      aria-label={label}
      className="min-h-0 flex-1 overflow-auto py-2 outline-offset-[-2px] max-xl:max-h-[30rem]"
    >
      {node === undefined ? (
        <pre className="px-4 text-small whitespace-pre-wrap">{pretty(body)}</pre>
      ) : (
        <code className="block min-w-full text-small leading-[19px]">
          {linesOf(node, marks).map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the lines of a text have no other name
            <OneLine key={index} line={line} color={color} />
          ))}
        </code>
      )}
    </section>
  )
}

function OneLine({ line: { depth, content, mark }, color }: { readonly line: Line; readonly color: string }) {
  return (
    <span className="flex items-baseline justify-between gap-4 pr-4 pl-4 hover:bg-hover">
      <span
        className="min-w-0 break-words whitespace-pre-wrap"
        style={{ paddingLeft: `${depth * 2 + 2}ch`, textIndent: '-2ch' }}
      >
        {content}
      </span>
      {mark !== undefined && <MarkWords mark={mark} color={color} />}
    </span>
  )
}

function MarkWords({ mark, color }: { readonly mark: Mark; readonly color: string }) {
  if (mark.kind === 'same') return null
  if (mark.kind === 'own') return <span className="shrink-0 font-sans text-muted select-none">only here</span>
  const before = { renamed: '', part: 'part of ', made: 'with ', unlike: 'not ' }[mark.kind]
  return (
    <span className="shrink-0 select-none" style={{ color }}>
      <span className="sr-only">, in the core: </span>
      {before !== '' && <span className="font-sans">{before}</span>}
      {mark.field}
    </span>
  )
}

function linesOf(root: JsonNode, marks: Marks): Line[] {
  const lines: Line[] = []
  function write(node: JsonNode, depth: number, before: ReactNode, after: string): void {
    const mark = marks.get(node)
    const add = (content: ReactNode, ofMark: Mark | undefined) => lines.push({ depth, content, mark: ofMark })
    if (node.kind === 'leaf') {
      add(withBefore(before, <Leaf text={node.text} />, after), mark)
      return
    }
    const [open, close] = node.kind === 'object' ? ['{', '}'] : ['[', ']']
    const entries =
      node.kind === 'object'
        ? node.members.map(({ nameText, value }) => ({ value, before: `${nameText}: ` }))
        : node.items.map((value) => ({ value, before: '' }))
    if (entries.length === 0) {
      add(withBefore(before, open + close, after), mark)
      return
    }
    add(withBefore(before, open, ''), mark)
    for (const [index, entry] of entries.entries()) {
      write(entry.value, depth + 1, entry.before, index < entries.length - 1 ? ',' : '')
    }
    add(close + after, undefined)
  }
  write(root, 0, '', '')
  return lines
}

function withBefore(before: ReactNode, content: ReactNode, after: string): ReactNode {
  return (
    <>
      {before}
      {content}
      <span className="text-muted">{after}</span>
    </>
  )
}

function Leaf({ text }: { readonly text: string }) {
  return <span className={text.startsWith('"') ? 'text-muted' : 'text-accent'}>{text}</span>
}
