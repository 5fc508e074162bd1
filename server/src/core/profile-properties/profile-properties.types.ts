export const propertyTypes = ['text', 'number', 'boolean', 'date', 'datetime'] as const

/** What the values of a property are: texts, numbers, booleans, days (`YYYY-MM-DD`) or instants. */
export type PropertyType = (typeof propertyTypes)[number]

/** A description of one of the free attributes that the profiles of an app have. */
export interface ProfileProperty {
  readonly id: string
  /** Twenty digits, for clients that expect a number. */
  readonly longId: string
  /** The attribute's name, unique in the app. */
  readonly label: string
  readonly dataType: PropertyType
  readonly example: string
  readonly description: string
  /** What the attribute is called in exports. */
  readonly exportAlias: string
  /** Whether its values say something of a person. */
  readonly personal: boolean
  readonly importable: boolean
  readonly exportable: boolean
  readonly createdAt: Date
  readonly updatedAt: Date
}

export type ProfilePropertyInput = Partial<
  Omit<ProfileProperty, 'id' | 'longId' | 'label' | 'dataType' | 'createdAt' | 'updatedAt'>
> &
  Pick<ProfileProperty, 'label' | 'dataType'>
