import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const sources = globSync('server/src/**/*.ts').filter((file) => !file.endsWith('.test.ts'))

describe('a notice', () => {
  // On Citus a statement on a distributed table runs where its rows are, with the functions in it: nobody listens there.
  it('is sent by a statement that touches no table, so that it is heard on a cluster too', () => {
    const notices = sources.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/(?<=`|')[^`']*pg_notify\([^`]*?(?=`|'\n)/g)].map(
        ([statement]) => `${file}: ${statement}`,
      ),
    )
    expect(notices.length).toBeGreaterThan(1)
    const alone = /: select pg_notify\([^`;]*?\)(?: from unnest\([^)]*\) as \w+)?$/
    expect(notices.filter((notice) => !alone.test(notice))).toEqual([])
  })
})
