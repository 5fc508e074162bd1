import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
/** What of the project itself the server runs from. */
const own = ['server/src', 'server/bin', 'server/migrations', 'console/dist']

/** The bytes that `npm start` puts on a disk: the packages and the server's own files. */
export function installBytesOfFacet(): number {
  return own.reduce((sum, path) => sum + bytesIn(join(root, path)), bytesOfPackages(root))
}

/** The bytes of every package that npm has installed in a folder, without development's, by npm's own record of the tree. */
export function bytesOfPackages(folder: string): number {
  const record = join(folder, 'node_modules/.package-lock.json')
  const { packages } = JSON.parse(readFileSync(record, 'utf8')) as {
    packages: Record<string, { dev?: boolean; link?: boolean }>
  }
  const installed = Object.entries(packages).filter(([, { dev, link }]) => !dev && !link)
  const paths = installed.map(([path]) => path).filter((path) => path.includes('node_modules/'))
  return paths.reduce((sum, path) => sum + bytesIn(join(folder, path)), 0)
}

/** Of all files below a folder, but for packages inside a package, which npm lists by themselves. 0 where there is none. */
function bytesIn(folder: string): number {
  let entries: string[]
  try {
    entries = readdirSync(folder)
  } catch {
    return 0
  }
  return entries
    .filter((name) => name !== 'node_modules')
    .map((name) => join(folder, name))
    .reduce((sum, path) => {
      const found = lstatSync(path)
      return sum + (found.isDirectory() ? bytesIn(path) : found.size)
    }, 0)
}
