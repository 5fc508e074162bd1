import { describe, expect, it } from 'vitest'
import { findPasswordIssues } from './passwords.rules.ts'

const own = { username: 'ada.lovelace', firstName: 'Ada', lastName: 'Lovelace', email: 'ada@example.com' }

describe('findPasswordIssues', () => {
  it('finds nothing wrong with a good password, in whatever script', async () => {
    for (const password of [
      'correct horse battery',
      'Пароль-девять',
      '密码密码密码密码密',
      '👍'.repeat(5) + '🐎'.repeat(4),
    ]) {
      expect(await findPasswordIssues(password, own)).toEqual([])
    }
  })

  it('counts characters and not UTF-16 units: nine are enough, eight are not', async () => {
    expect(await findPasswordIssues('🐎'.repeat(9), own)).toEqual([])
    expect(await findPasswordIssues('🐎'.repeat(8), own)).toEqual([{ rule: 'too_short', limit: 9 }])
  })

  it('refuses common passwords in whatever case, and with space around them', async () => {
    for (const password of ['password1', 'qwertyuiop', 'PassWord123', ' iloveyou1\t']) {
      expect(await findPasswordIssues(password, own)).toEqual([{ rule: 'common' }])
    }
  })

  it('names every broken rule, in the order similarity, length, common, digits', async () => {
    expect(await findPasswordIssues('12345678', { ...own, username: '12345678' })).toEqual([
      { rule: 'too_similar', similarTo: 'username' },
      { rule: 'too_short', limit: 9 },
      { rule: 'common' },
      { rule: 'numeric' },
    ])
  })

  it('refuses digits alone, also those of other scripts', async () => {
    expect(await findPasswordIssues('9817236459817', own)).toEqual([{ rule: 'numeric' }])
    expect(await findPasswordIssues('٩٨١٧٢٣٦٤٥٩٨', own)).toEqual([{ rule: 'numeric' }])
  })

  it('looks no further at what is too long: 1,024 characters are not, a megabyte is refused at once', async () => {
    expect(await findPasswordIssues('🐎x'.repeat(512), own)).toEqual([])
    expect(await findPasswordIssues('1'.repeat(1_025), own)).toEqual([{ rule: 'too_long', limit: 1_024 }])
    const began = performance.now()
    expect(await findPasswordIssues('1'.repeat(1_048_576), own)).toEqual([{ rule: 'too_long', limit: 1_024 }])
    expect(performance.now() - began).toBeLessThan(20)
  })

  it('refuses what is no text: NUL, half a surrogate pair', async () => {
    for (const password of ['correct\0horse', 'correct horse \ud83d']) {
      expect(await findPasswordIssues(password, own)).toEqual([{ rule: 'text' }])
    }
  })
})
