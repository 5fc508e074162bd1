import type { Frame } from './cpu-profile.ts'

const width = 1_800
const rowHeight = 17
const leastWidth = 0.4
const letterWidth = 6.6

/**
 * A flame graph as an SVG that stands alone: callers above, a function as wide as its share of the busy time, what it calls below it. A
 * pointer over one tells its place and times; `requests` were answered meanwhile.
 */
export function flameGraph(tree: Frame, title: string, requests: number): string {
  const bars: string[] = []
  let depth = 0
  const draw = (frame: Frame, x: number, row: number) => {
    const wide = (frame.totalMicros / tree.totalMicros) * width
    if (wide < leastWidth) return
    depth = Math.max(depth, row)
    bars.push(barOf(frame, { x, y: (row + 2) * rowHeight, wide }, tree.totalMicros, requests))
    let next = x
    // The widest first: the paths that matter are on the left.
    for (const child of frame.children.toSorted((a, b) => b.totalMicros - a.totalMicros)) {
      draw(child, next, row + 1)
      next += (child.totalMicros / tree.totalMicros) * width
    }
  }
  draw(tree, 0, 0)
  const height = (depth + 3) * rowHeight
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="monospace" font-size="11">
<rect width="100%" height="100%" fill="#fff"/>
<text x="4" y="14" font-size="13">${escaped(title)}</text>
${bars.join('\n')}
</svg>
`
}

function barOf(
  frame: Frame,
  { x, y, wide }: { readonly x: number; readonly y: number; readonly wide: number },
  allMicros: number,
  requests: number,
): string {
  const share = ((frame.totalMicros / allMicros) * 100).toFixed(1)
  const times = `${share} %, ${(frame.totalMicros / requests).toFixed(1)} µs a request, ${(frame.selfMicros / requests).toFixed(1)} of them its own`
  const letters = Math.floor((wide - 4) / letterWidth)
  const label =
    letters < 3 ? '' : `<text x="${(x + 2).toFixed(1)}" y="${y + 12}">${escaped(frame.name.slice(0, letters))}</text>`
  return `<g><title>${escaped(`${frame.name} ${frame.place}\n${times}`)}</title><rect x="${x.toFixed(1)}" y="${y}" width="${Math.max(leastWidth, wide - 0.5).toFixed(1)}" height="${rowHeight - 1}" fill="${colorOf(frame.module)}"/>${label}</g>`
}

/** The server's own files, Node, what is not JavaScript, and packages. */
function colorOf(module: string): string {
  if (module.startsWith('server:')) return '#ffb74d'
  if (module.startsWith('node:')) return '#aed581'
  if (module.startsWith('(') || module === 'native code') return '#cfd8dc'
  return '#90caf9'
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
