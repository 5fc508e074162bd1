import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { DomainFault } from '../../../core/errors.ts'
import type { PictureUpload } from '../../../core/pictures/pictures.service.ts'
import { requireOwnChange, setOwnPicture } from '../../../core/self-service/self-service.service.ts'
import type { Services } from '../../../http/dialect.ts'
import { isFormFile } from '../../../http/multipart-body.ts'
import { originOf } from '../../../http/public-origin.ts'
import type { FieldErrors } from '../../../http/refusal.ts'
import { sessionOf } from '../authentication.ts'
import { createFieldReader, type Read } from '../fields.ts'
import { imagePathOf } from '../mappers.ts'
import { invalidFields } from '../refusal.ts'
import { errors, formOf, PictureAnswer, success } from '../schemas.ts'

/** The seed prints the path in two ways; both are served (contracts/README, decision 9). */
const paths = ['/user/profile-image/', '/user/profile/profile-image/'] as const

/** The wire's names of the two files. */
const wireNames = { original: 'image', crop: 'cropped_image' } as const

const noPicture = ['Upload a valid image. The file you uploaded was either not an image or a corrupted image.'] as const

/** A form of so many files' size is read to its end, so that those that are too large can be refused as no pictures. */
const maxFormFiles = 8

/** The picture of a person (seed 002, "Upload profile image"). */
export async function pictureRoutes(
  scope: FastifyInstance,
  { services }: { readonly services: Services },
): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  for (const path of paths) {
    app.post(
      path,
      {
        config: { form: { files: Object.values(wireNames), maxBytes: maxFormFiles * services.maxPictureBytes } },
        schema: {
          summary: `Upload a picture (${path})`,
          ...formOf(Object.values(wireNames)),
          response: { 200: PictureAnswer, ...errors },
        },
        // Before the body is read, which waits for a place: few are held in memory at a time.
        onRequest: async (request, reply) => {
          const { profileId } = sessionOf(request)
          // What is repeated under its key was let in before.
          if (request.headers['idempotency-key'] === undefined) await requireOwnChange(request.ctx, profileId)
          await services.uploads.hold(reply, profileId)
        },
      },
      async (request) => {
        const upload = readUpload(request)
        const { ctx } = request
        const profile = await setOwnPicture(ctx, sessionOf(request).profileId, upload).catch((error) => {
          throw worded(error)
        })
        return success({ image_url: (await originOf(services, request, ctx.appId)) + imagePathOf(profile) })
      },
    )
  }
}

function readUpload({ body }: FastifyRequest): PictureUpload {
  const fields = (body ?? {}) as Readonly<Record<string, unknown>>
  const { errors: wrong, take } = createFieldReader()
  const original = take(wireNames.original, readFile(fields[wireNames.original]))
  const crop = take(wireNames.crop, readFile(fields[wireNames.crop]))
  if (original === undefined || crop === undefined) throw invalidFields(wrong)
  return { original, crop }
}

/** Its sentences are those of the vendor's framework, and the seed's for what is too large. */
function readFile(sent: unknown): Read<Buffer> {
  if (sent === undefined || sent === null) return { errors: ['No file was submitted.'] }
  if (!isFormFile(sent)) {
    return { errors: ['The submitted data was not a file. Check the encoding type on the form.'] }
  }
  if (sent.bytes === undefined) return { errors: noPicture }
  return sent.bytes.length === 0 ? { errors: ['The submitted file is empty.'] } : { value: sent.bytes }
}

function worded(error: unknown): unknown {
  const fault = error instanceof DomainFault ? error.fault : undefined
  if (fault?.code !== 'input_invalid') return error
  const refused = fault.issues.map(({ path: [use] }) => [wireNames[use as keyof typeof wireNames], noPicture])
  return invalidFields(Object.fromEntries(refused) as FieldErrors)
}
