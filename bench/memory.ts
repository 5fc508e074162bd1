import { readFileSync } from 'node:fs'
import { childrenOf } from './cpu.ts'

const sampleMs = 200

/** Looks again and again at how much memory processes and their children hold; the returned function ends that and gives the most, in bytes. */
export function watchMemory(pids: readonly number[]): () => number | null {
  let most = memoryOf(pids)
  const timer = setInterval(() => {
    most = Math.max(most, memoryOf(pids))
  }, sampleMs)
  return () => {
    clearInterval(timer)
    most = Math.max(most, memoryOf(pids))
    return most === 0 ? null : most
  }
}

function memoryOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + residentOf(pid) + memoryOf(childrenOf(pid) ?? []), 0)
}

/** VmRSS: what a process has in memory, pages that it shares with others included. 0 where there is no /proc. */
function residentOf(pid: number): number {
  try {
    const kilobytes = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]
    return Number(kilobytes ?? 0) * 1_024
  } catch {
    return 0
  }
}
