/** What V8 writes: a tree of functions by their callers, and which of them ran at each sample. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
    readonly children?: readonly number[]
  }[]
  /** Microseconds of the machine's monotonic clock, which is also that of `process.hrtime`. */
  readonly startTime: number
  readonly endTime: number
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** A function as it was called on one path. Times in microseconds. */
export interface Frame {
  readonly name: string
  /** Its place: `core/profiles/profiles.service.ts:12`, or empty for what is not JavaScript. */
  readonly place: string
  readonly module: string
  readonly selfMicros: number
  readonly totalMicros: number
  readonly children: readonly Frame[]
}

/** The part of a profile between two moments of its clock. */
export function cut(profile: CpuProfile, from: number, to: number): CpuProfile {
  const samples: number[] = []
  const timeDeltas: number[] = []
  let at = profile.startTime
  for (const [index, node] of profile.samples.entries()) {
    const delta = profile.timeDeltas[index] ?? 0
    at += delta
    if (at < from || at > to) continue
    samples.push(node)
    timeDeltas.push(delta)
  }
  return { ...profile, startTime: from, endTime: to, samples, timeDeltas }
}

/** The tree with its times, without the time in which nothing ran. */
export function treeOf(profile: CpuProfile): Frame {
  const selfMicros = new Map<number, number>()
  for (const [index, node] of profile.samples.entries()) {
    selfMicros.set(node, (selfMicros.get(node) ?? 0) + Math.max(0, profile.timeDeltas[index] ?? 0))
  }
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const frameOf = (id: number): Frame => {
    const node = nodes.get(id)
    if (node === undefined) throw new Error(`The profile has no node ${id}`)
    const { functionName, url, lineNumber } = node.callFrame
    const children = (node.children ?? [])
      .map(frameOf)
      .filter(({ name, totalMicros }) => name !== '(idle)' && totalMicros > 0)
    const own = selfMicros.get(id) ?? 0
    return {
      name: functionName || '(anonymous)',
      place: url === '' ? '' : `${placeOf(url)}:${lineNumber + 1}`,
      module: moduleOf(url, functionName),
      selfMicros: own,
      totalMicros: children.reduce((sum, { totalMicros }) => sum + totalMicros, own),
      children,
    }
  }
  const [root] = profile.nodes
  if (root === undefined) throw new Error('The profile is empty')
  return frameOf(root.id)
}

/** Every frame of a tree. */
export function* framesIn(frame: Frame): Generator<Frame> {
  yield frame
  for (const child of frame.children) yield* framesIn(child)
}

function placeOf(url: string): string {
  return url.replace(/^file:\/\/.*\/node_modules\//, '').replace(/^file:\/\/.*\/server\/src\//, '')
}

/** A package, a folder of the server, a part of Node, or what is not JavaScript. */
function moduleOf(url: string, functionName: string): string {
  if (url === '') return functionName.startsWith('(') ? functionName : 'native code'
  if (url.startsWith('node:')) return url.split('/').slice(0, 2).join('/')
  const [, inPackage] = /\/node_modules\/((?:@[^/]+\/)?[^/]+)(?!.*\/node_modules\/)/.exec(url) ?? []
  if (inPackage !== undefined) return inPackage
  const [, inServer] = /\/server\/src\/(.*)\/[^/]*$/.exec(url) ?? []
  return inServer === undefined ? 'other files' : `server: ${inServer.split('/').slice(0, 2).join('/')}`
}
