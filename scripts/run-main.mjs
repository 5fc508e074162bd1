// The first file of the server's process when the launcher runs under an older Node: `run-main.mjs <main file> [arguments]`.
// The launcher holds a channel to this process. When it breaks, the launcher is dead (kill -9, too), and this process
// asks itself to stop, so that no server is left behind that holds the data folder.
import { become } from './processes.mjs'

const stop = () => process.kill(process.pid, 'SIGTERM')
process.once('disconnect', stop)
if (!process.connected) stop()
// The channel alone must not keep a finished command alive.
process.channel?.unref()

const [entry, ...args] = process.argv.slice(2)
await become(entry, args)
