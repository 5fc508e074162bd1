// `node scripts/dev.mjs [--and <folder>] <command> [arguments]`: install what development needs, and the packages of one
// more folder if asked, then run the command with Node 24 and the installed tools.
import { prepare, ROOT } from './install.mjs'
import { endLike, runTool } from './processes.mjs'

const words = process.argv.slice(2)
const also = words[0] === '--and' ? words.splice(0, 2)[1] : undefined
const node = await prepare('dev', { also })
endLike(await runTool(ROOT, node, words))
