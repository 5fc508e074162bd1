// The first file of a peer's process: `launch.mjs <main file> [arguments]`. No peer is left behind by a bench that was killed.
import { pathToFileURL } from 'node:url'

process.once('disconnect', () => process.exit(0))
// The channel alone must not keep a finished command alive.
process.channel?.unref()

process.argv.splice(1, 1)
await import(pathToFileURL(process.argv[1]).href)
