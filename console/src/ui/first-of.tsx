/** The first of some names, and how many more there are; all of them under the pointer. */
export function FirstOf({ names }: { readonly names: readonly string[] }) {
  const [first, ...others] = names
  return (
    <span title={names.join(', ')} className="whitespace-nowrap">
      <code className="text-[0.92em]">{first}</code>
      {others.length > 0 && <span className="text-muted"> and {others.length} more</span>}
    </span>
  )
}
