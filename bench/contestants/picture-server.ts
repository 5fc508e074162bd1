/** A POST makes a crop and its smaller sizes of one photo; see profile-server.ts. */
import { readFileSync } from 'node:fs'
import { readConfig } from '../../server/src/config.ts'
import { createPictures } from '../../server/src/infra/pictures/pictures.ts'
import { quiet } from '../core.ts'
import { type ProfileServerOrder, serveProfiles } from './profile-server.ts'

/** What the picture server is told when it starts. */
export interface PictureOrder extends ProfileServerOrder {
  /** The file of the photo. */
  readonly photo: string
}

const pictures = createPictures(readConfig({}), quiet)

process.once('message', (order: PictureOrder) =>
  serveProfiles(order, { pictures }, async (contextNow) => {
    const photo = readFileSync(order.photo)
    return async () => {
      const made = await contextNow().pictures.render(photo, 'crop')
      if (made === undefined) throw new Error('The photo was refused')
      return Object.keys(made)
    }
  }),
)
