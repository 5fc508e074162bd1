import { spawn } from 'node:child_process'
import module from 'node:module'
import { constants } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP']
/** Ctrl-C reaches us from the terminal and once more from npm, which repeats it: the child shall see one. */
const SAME_SIGNAL_WITHIN_MS = 1000
const PARENT_CHECK_MS = 500
const RUN_MAIN = fileURLToPath(new URL('./run-main.mjs', import.meta.url))
const COMPILE_CACHE = fileURLToPath(new URL('../.runtime/compile-cache', import.meta.url))

/**
 * Waits for the child's end, passing signals on to it and ending it when npm, our parent, is gone. Tells how it ended,
 * and which signal we were `asked` to stop with, if any.
 */
export function supervise(child) {
  const lastAt = new Map()
  let asked
  const forward = (signal) => {
    asked = signal
    const now = Date.now()
    if (now - (lastAt.get(signal) ?? 0) < SAME_SIGNAL_WITHIN_MS) return
    lastAt.set(signal, now)
    child.kill(signal)
  }
  for (const signal of FORWARDED) process.on(signal, forward)
  const stopWatching = watchParent(() => forward('SIGTERM'))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve({ code, signal, asked }))
  }).finally(() => {
    stopWatching()
    for (const signal of FORWARDED) process.off(signal, forward)
  })
}

/** Ends this process the way its child ended: the same exit code, or death by the same signal. */
export function endLike({ code, signal }) {
  if (!signal) process.exit(code)
  process.kill(process.pid, signal)
  // Signals that do not kill (SIGUSR1 starts the inspector, say) leave us here.
  setTimeout(() => process.exit(128 + constants.signals[signal]), 100)
}

/**
 * Calls `onGone` once when npm has died without a word (kill -9): nobody would then stop us. Only npm's own children
 * watch, so that a server put into the background by a shell outlives that shell. Returns a function that ends the watch.
 */
export function watchParent(onGone) {
  if (!process.env.npm_lifecycle_event) return () => {}
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    onGone()
  }, PARENT_CHECK_MS)
  timer.unref()
  return () => clearInterval(timer)
}

/**
 * Runs a main file under the given Node: in this very process when that is what runs us, else in a child, which ends
 * gracefully when we are gone (see run-main.mjs).
 */
export async function launch(node, entry, args) {
  if (node === process.execPath) {
    watchParent(() => process.kill(process.pid, 'SIGTERM'))
    return become(entry, args)
  }
  const child = spawn(node, [RUN_MAIN, entry, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    // A process group of its own: a terminal's Ctrl-C then reaches it through us alone, once.
    detached: true,
  })
  endLike(await supervise(child))
}

/** Makes this process the given main file's: its arguments, then its code. */
export async function become(entry, args) {
  process.argv.splice(1, Number.POSITIVE_INFINITY, entry, ...args)
  // Compiled code is kept between starts, for our own child processes too.
  module.enableCompileCache?.(COMPILE_CACHE)
  process.env.NODE_COMPILE_CACHE ??= COMPILE_CACHE
  await import(pathToFileURL(entry).href)
}

/** Runs a command of the workspace with our Node 24 and the installed tools first on its PATH. */
export function runTool(root, node, [command, ...args], env = {}) {
  const child = spawn(command, args, {
    stdio: 'inherit',
    detached: true,
    env: { ...process.env, ...env, PATH: pathWith(join(root, 'node_modules', '.bin'), join(node, '..')) },
  })
  return supervise(child)
}

/** PATH with the given folders in front. */
export function pathWith(...folders) {
  return [...folders, process.env.PATH].join(':')
}
