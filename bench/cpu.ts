import { readFileSync } from 'node:fs'

/** Linux counts CPU time in hundredths of a second for every process to see (USER_HZ). */
const ticksPerSecond = 100

interface Times {
  readonly own: number
  /** Of children that have ended and were waited for. */
  readonly ended: number
}

/** The CPU seconds of a process, or undefined where there is no /proc. */
function timesOf(pid: number | 'self'): Times | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The second field is a name in brackets that may hold spaces.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const [utime = 0, stime = 0, cutime = 0, cstime = 0] = fields.slice(11, 15)
    return { own: (utime + stime) / ticksPerSecond, ended: (cutime + cstime) / ticksPerSecond }
  } catch {
    return undefined
  }
}

/** CPU seconds of this process's children that have ended. */
export function cpuOfEndedChildren(): number | undefined {
  return timesOf('self')?.ended
}

/** CPU seconds of a process, its children, and those of its children that have ended: all of PostgreSQL, or a server and its worker. */
export function cpuOfFamily(pid: number): number | undefined {
  const parent = timesOf(pid)
  const children = childrenOf(pid)
  if (parent === undefined || children === undefined) return undefined
  return children.reduce((sum, child) => sum + (timesOf(child)?.own ?? 0), parent.own + parent.ended)
}

/** The process ids of a process's children, or undefined where there is no /proc. */
export function childrenOf(pid: number): number[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1')
    return text.trim().split(/\s+/).filter(Boolean).map(Number)
  } catch {
    return undefined
  }
}

/** The same for several families together. */
export function cpuOfFamilies(pids: readonly number[]): number | undefined {
  const times = pids.map(cpuOfFamily)
  return times.includes(undefined) ? undefined : times.reduce((sum: number, time) => sum + (time ?? 0), 0)
}

/** CPU seconds that all of the machine was busy, time taken by its host included. */
export function cpuOfMachine(): number | undefined {
  try {
    const fields =
      readFileSync('/proc/stat', 'latin1').split('\n', 1)[0]?.trim().split(/\s+/).slice(1).map(Number) ?? []
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = fields
    return (user + nice + system + irq + softirq + steal) / ticksPerSecond
  } catch {
    return undefined
  }
}
