import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { newFolder } from '../../server/test/helpers/facet-process.ts'
import { firstRequest } from '../src/pages/home/snippets/first-requests.ts'
import { type Language, languages } from '../src/pages/home/snippets/languages.ts'
import { useFacet } from './helpers/facet.ts'

const facet = useFacet()

/** How somebody runs what they have pasted into a file. */
const runs: Record<Language, { readonly file: string; readonly command: string }> = {
  curl: { file: 'call.sh', command: 'bash' },
  typescript: { file: 'call.mts', command: process.execPath },
  axios: { file: 'call.mjs', command: process.execPath },
  python: { file: 'call.py', command: 'python3' },
  php: { file: 'call.php', command: 'php' },
}

const axios = pathToFileURL(createRequire(import.meta.url).resolve('axios')).href

async function run(language: Language, text: string): Promise<string> {
  const { file, command } = runs[language]
  const path = join(newFolder(), file)
  // The folder of the test has no packages; the name is found from here instead.
  writeFileSync(path, text.replace("from 'axios'", `from '${axios}'`))
  const child = spawn(command, [path])
  let said = ''
  child.stdout.on('data', (part) => {
    said += part
  })
  child.stderr.on('data', (part) => {
    said += part
  })
  await once(child, 'close')
  return said
}

/** A language that this machine lacks is left out by name. */
function isMissing(command: string): boolean {
  return spawnSync(command, ['--version']).error !== undefined
}

let marks = Date.now()

describe.each(['native', 'oumla', 'ocamba', 'epixel', 'ona', 'original'] as const)(
  'the first call of %s',
  (dialect) => {
    for (const language of Object.keys(languages) as Language[]) {
      it.skipIf(isMissing(runs[language].command))(
        `makes a person when it is pasted for ${languages[language].name}`,
        async () => {
          const { url: baseUrl, key, secret } = facet
          marks += 1
          const request = firstRequest(dialect, { baseUrl, key, secret }, marks.toString(36))
          const said = await run(language, languages[language].write({ request, secret }))
          expect(said).toMatch(dialect === 'epixel' ? /\b200\b/ : /\b201\b/)
        },
      )
    }
  },
)
