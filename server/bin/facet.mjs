#!/usr/bin/env node
// The facet command. An older Node than 24 hands over to the one that the bootstrap brings.
import { fileURLToPath } from 'node:url'
import { tryToBuildConsole } from '../../scripts/build-console.mjs'
import { prepare } from '../../scripts/install.mjs'
import { launch } from '../../scripts/processes.mjs'

const node = await prepare('serve')
if (process.argv[2] === 'start') await tryToBuildConsole(node)
await launch(node, fileURLToPath(new URL('../src/cli/main.ts', import.meta.url)), process.argv.slice(2))
