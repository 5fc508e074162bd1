// `npm run docs`: writes the documents that are made from the code. Tests fail when one of them is stale.
import { writeFileSync } from 'node:fs'
import { renderConfiguration } from './docs/configuration.ts'
import { renderErrors } from './docs/errors.ts'
import { nativeDocument } from './docs/native-document.ts'
import { renderOperations } from './docs/sdk.ts'
import { schemaNames } from './docs/sdk-names.ts'
import { renderWebhooks } from './docs/webhooks.ts'

writeFileSync(new URL('../docs/configuration.md', import.meta.url), renderConfiguration())
writeFileSync(new URL('../docs/errors.md', import.meta.url), renderErrors())
writeFileSync(new URL('../docs/webhooks.md', import.meta.url), renderWebhooks())
const operations = renderOperations(await nativeDocument(), schemaNames)
writeFileSync(new URL('../sdk/src/operations.generated.ts', import.meta.url), operations)
