import { type Static, Type } from 'typebox'
import { type Role, roles } from '../../core/operators/operators.types.ts'

const strict = { additionalProperties: false }
const Instant = { format: 'date-time', description: 'RFC 3339, UTC, milliseconds' }
const Mode = Type.Unsafe<'sandbox' | 'live'>({ type: 'string', enum: ['sandbox', 'live'] })
const RoleName = Type.Unsafe<Role>({ type: 'string', enum: [...roles] })
const Id = Type.String({ format: 'uuid' })

/** The operator who is signed in, and all that they run. */
export const OperatorAnswer = Type.Object({
  id: Id,
  email: Type.String(),
  name: Type.String(),
  twoFactorEnabled: Type.Boolean(),
  organizations: Type.Array(
    Type.Object({
      id: Id,
      name: Type.String(),
      role: RoleName,
      scopes: Type.Array(Type.String(), { description: 'What the role lets the operator do in the apps below' }),
      apps: Type.Array(
        Type.Object({
          id: Id,
          number: Type.Integer(),
          name: Type.String(),
          mode: Mode,
          createdAt: Type.String(Instant),
        }),
      ),
    }),
  ),
})
export type OperatorAnswer = Static<typeof OperatorAnswer>

export const OperatorAppBody = Type.Object({ organizationId: Id, name: Type.String(), mode: Mode }, strict)

export const MemberAnswer = Type.Object({
  id: Id,
  email: Type.String(),
  name: Type.String(),
  role: RoleName,
  createdAt: Type.String({ ...Instant, description: 'When they joined the organization' }),
  twoFactorEnabled: Type.Boolean(),
})
export type MemberAnswer = Static<typeof MemberAnswer>

export const MemberPatch = Type.Object({ role: RoleName }, strict)

export const InvitationBody = Type.Object({ email: Type.String({ maxLength: 1_000 }), role: RoleName }, strict)

export const InvitationAnswer = Type.Object({
  id: Id,
  email: Type.String(),
  role: RoleName,
  createdAt: Type.String(Instant),
  expiresAt: Type.String(Instant),
})
export type InvitationAnswer = Static<typeof InvitationAnswer>

export const IssuedInvitationAnswer = Type.Object({
  ...InvitationAnswer.properties,
  url: Type.String({ description: 'Where it is accepted. Shown in this answer only' }),
})
