import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const PAUSE_MS = 200
/** The holder touches its lock every few seconds; this old, its process ids belong to someone else by now. */
const ABANDONED_AFTER_MS = 5 * 60_000
const CLAIM_ABANDONED_AFTER_MS = 10_000

/**
 * Runs `task` while no other process holds the lock file. `doing` tells those who wait what it is. A lock whose processes are all gone is taken over at once.
 * The task gets the lock: `alsoHeldBy(pid)` names a child that must end before anyone may take over, `touch()` says
 * that the work goes on.
 */
export async function withLock(file, { say, doing, task }) {
  mkdirSync(dirname(file), { recursive: true })
  let told = false
  while (!create(file, [process.pid])) {
    if (isStale(file)) takeAway(file)
    else {
      if (!told) say(`Another Facet command is ${doing}; waiting for it. (If none is, delete ${file})`)
      told = true
      await sleep(PAUSE_MS)
    }
  }
  try {
    return await task({
      alsoHeldBy: (pid) => writeFileSync(file, JSON.stringify([process.pid, pid])),
      touch: () => touch(file),
    })
  } finally {
    rmSync(file, { force: true })
  }
}

function create(file, pids) {
  try {
    const handle = openSync(file, 'wx')
    writeFileSync(handle, JSON.stringify(pids))
    closeSync(handle)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

function touch(file) {
  try {
    utimesSync(file, new Date(), new Date())
  } catch {
    // The lock was deleted by hand: the work goes on all the same.
  }
}

/** Only one process at a time may remove a stale lock: else the second would remove the first one's new lock. */
function takeAway(file) {
  const claim = `${file}.takeover`
  if (!create(claim, [process.pid])) {
    if (ageMs(claim) > CLAIM_ABANDONED_AFTER_MS) rmSync(claim, { force: true })
    return
  }
  if (isStale(file)) rmSync(file, { force: true })
  rmSync(claim, { force: true })
}

function isStale(file) {
  if (ageMs(file) > ABANDONED_AFTER_MS) return true
  try {
    return !JSON.parse(readFileSync(file, 'utf8')).some(isAlive)
  } catch {
    // Just made and not yet written, or just removed: not ours to judge.
    return false
  }
}

function ageMs(file) {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat ? Date.now() - stat.mtimeMs : 0
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
