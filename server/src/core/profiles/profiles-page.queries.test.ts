import { describe, expect, it } from 'vitest'
import type { ProfileOrder } from './profiles.types.ts'
import { orderText } from './profiles-page.queries.ts'

describe('orderText', () => {
  it('makes few texts of however many orders: what is named again changes nothing', () => {
    const keys: ProfileOrder[] = (['createdAt', 'updatedAt'] as const).flatMap((by) => [
      { by, descending: false },
      { by, descending: true },
    ])
    let orders: ProfileOrder[][] = [[]]
    const texts = new Set<string>()
    for (let length = 0; length <= 4; length++) {
      for (const order of orders) texts.add(orderText(order, 'p'))
      orders = orders.flatMap((order) => keys.map((key) => [...order, key]))
    }
    expect([...texts].sort()).toEqual([
      'p.id',
      'p.id desc',
      'p.updated_at desc, p.id',
      'p.updated_at desc, p.id desc',
      'p.updated_at, p.id',
      'p.updated_at, p.id desc',
    ])
  })
})
