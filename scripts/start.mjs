// `npm start`: on a machine with any Node >= 20 and npm, install what serving needs, build the console, then run the server.
import { join } from 'node:path'
import { tryToBuildConsole } from './build-console.mjs'
import { prepare, ROOT } from './install.mjs'
import { launch } from './processes.mjs'

const node = await prepare('serve')
await tryToBuildConsole(node)
await launch(node, join(ROOT, 'server', 'src', 'main.ts'), process.argv.slice(2))
