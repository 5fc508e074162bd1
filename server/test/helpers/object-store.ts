import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { S3Settings } from '../../src/infra/files/s3-files.ts'

/** An object store with one bucket. */
export interface ObjectStore {
  readonly settings: S3Settings
  close(): Promise<void>
}

const entry = fileURLToPath(new URL('object-store-child.ts', import.meta.url))

/** Opens an object store that keeps its objects below the folder. It knows one access key, and looks at no signature. */
export async function openObjectStore(directory: string): Promise<ObjectStore> {
  const bucket = 'facet-test'
  const child = fork(entry, [directory, bucket], {
    // It makes the tokens of its pages with DES.
    execArgv: ['--openssl-legacy-provider'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const ended = once(child, 'exit')
  const port = await Promise.race([
    once(child, 'message').then(([message]) => Number(message)),
    ended.then(([code]) => Promise.reject(new Error(`The object store ended with ${code}`))),
  ])
  return {
    settings: {
      bucket,
      region: 'us-east-1',
      endpoint: `http://127.0.0.1:${port}`,
      accessKeyId: 'S3RVER',
      secretAccessKey: 'S3RVER',
    },
    async close() {
      child.disconnect()
      await ended
    },
  }
}
