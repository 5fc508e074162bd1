import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

const pageBytes = 4_096
const entryBytes = 8
/** Of an entry of pagemap: the page is in memory, or swapped out. */
const isThere = 0b1100_0000
const pieceBytes = 1_024 * pageBytes

/**
 * The memory of a process that may be read, as a core file of it holds it, and more: with what is mapped from files. Linux, with pages
 * of 4 KiB (proc_pid_mem(5), proc_pid_maps(5), proc_pid_pagemap(5)). The process is stopped meanwhile, so that nothing moves out of the
 * way. In pieces, which overlap by `overlapBytes` where they touch; a piece is good until the next one is asked for.
 */
export function* memoryOf(pid: number, overlapBytes: number): Generator<Buffer> {
  process.kill(pid, 'SIGSTOP')
  const [memory, pages] = [openSync(`/proc/${pid}/mem`, 'r'), openSync(`/proc/${pid}/pagemap`, 'r')]
  try {
    const piece = Buffer.alloc(overlapBytes + pieceBytes)
    for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
      const [, from = '', to = '', name = ''] = /^([\da-f]+)-([\da-f]+) r\S+ \S+ \S+ \S+ *(.*)$/.exec(line) ?? []
      // What the kernel lends to every process is none of it.
      if (from === '' || name.startsWith('[v')) continue
      for (const run of runsOfPages(pages, Number.parseInt(from, 16), Number.parseInt(to, 16))) {
        yield* piecesOf(memory, run, piece, overlapBytes)
      }
    }
  } finally {
    closeSync(memory)
    closeSync(pages)
    process.kill(pid, 'SIGCONT')
  }
}

interface Run {
  readonly from: number
  readonly to: number
}

/** Most of what a process has reserved it has never touched: the pages that are there, as many together as touch. */
function* runsOfPages(pages: number, from: number, to: number): Generator<Run> {
  const count = (to - from) / pageBytes
  const entries = Buffer.alloc(count * entryBytes)
  readSync(pages, entries, 0, entries.length, (from / pageBytes) * entryBytes)
  let begin: number | undefined
  for (let page = 0; page <= count; page++) {
    const isIn = page < count && ((entries[page * entryBytes + entryBytes - 1] as number) & isThere) !== 0
    if (isIn) begin ??= from + page * pageBytes
    else if (begin !== undefined) {
      yield { from: begin, to: from + page * pageBytes }
      begin = undefined
    }
  }
}

/** The end of each piece is kept before the next one. */
function* piecesOf(memory: number, { from, to }: Run, piece: Buffer, overlapBytes: number): Generator<Buffer> {
  let kept = 0
  for (let at = from; at < to; at += pieceBytes) {
    const length = kept + readSync(memory, piece, kept, Math.min(pieceBytes, to - at), at)
    yield piece.subarray(0, length)
    kept = Math.min(overlapBytes, length)
    piece.copyWithin(0, length - kept, length)
  }
}
