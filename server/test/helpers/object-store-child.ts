/** A process that is an object store on loopback; it tells its port, and ends with the process that started it. */
import { createRequire } from 'node:module'

interface Store {
  run(): Promise<{ readonly port: number }>
}

const S3rver = createRequire(import.meta.url)('s3rver') as new (options: object) => Store

const [directory, bucket] = process.argv.slice(2)
process.once('disconnect', () => process.exit())
const store = new S3rver({
  address: '127.0.0.1',
  port: 0,
  silent: true,
  directory,
  configureBuckets: [{ name: bucket }],
})
process.send?.((await store.run()).port)
