/** Whether `If-None-Match` names the tag: who asks has the answer already (RFC 9110 section 13.1.2, weak comparison). */
export function namesTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false
  const named = header.split(',').map((part) => part.trim().replace(/^W\//, ''))
  return named.includes('*') || named.includes(tag)
}
