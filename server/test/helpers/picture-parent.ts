/** A process that has a large picture made, to be killed meanwhile. */
import { readConfig } from '../../src/config.ts'
import { createLog } from '../../src/infra/log.ts'
import { createPictures } from '../../src/infra/pictures/pictures.ts'
import { largePicture } from './picture-processes.ts'

await createPictures(readConfig({}), createLog('silent')).render(await largePicture(), 'crop')
