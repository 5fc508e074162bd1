import { describe, expect, it } from 'vitest'
import { apiEnvironment, ConfigError, readApiConfig, readConfig, unknownSettings, workerEnvironment } from './config.ts'

function mistakesOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    readConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes
    throw error
  }
  return []
}

describe('readConfig', () => {
  it('needs nothing: every setting has a default', () => {
    expect(readConfig({})).toMatchObject({ host: '127.0.0.1', port: 4000, databaseUrl: undefined, production: false })
    expect(readConfig({}).dataDir).toMatch(/\/\.facet$/)
  })

  it('takes an empty variable for an unset one', () => {
    expect(readConfig({ FACET_PORT: '', DATABASE_URL: '', FACET_MASTER_KEY: '' })).toEqual(readConfig({}))
  })

  it('lists every mistake at once, each with the name of its setting', () => {
    const mistakes = mistakesOf({
      FACET_PORT: '70000',
      FACET_LOG_LEVEL: 'loud',
      DATABASE_URL: 'mysql://x',
      FACET_PUBLIC_URL: 'example.com',
      FACET_MASTER_KEY: 'short',
      FACET_METRICS_PORT: '1.5',
      FACET_BODY_LIMIT: '-1',
    })
    expect(mistakes.map((mistake) => mistake.split(' ')[0])).toEqual([
      'FACET_PORT',
      'DATABASE_URL',
      'FACET_PUBLIC_URL',
      'FACET_LOG_LEVEL',
      'FACET_MASTER_KEY',
      'FACET_METRICS_PORT',
      'FACET_BODY_LIMIT',
    ])
  })

  it('never repeats a URL or a key, which may be secret', () => {
    const urls = { DATABASE_URL: 'mysql://u:hunter2@h/d', REDIS_URL: 'http://u:hunter2@h', SMTP_URL: 'u:hunter2@h' }
    const text = mistakesOf({ ...urls, FACET_MASTER_KEY: 'hunter3' }).join('\n')
    expect(text.split('\n')).toHaveLength(4)
    expect(text).not.toMatch(/hunter/)
  })

  it('wants master and custody key from elsewhere than files in production with an external database, and only then', () => {
    const external = { NODE_ENV: 'production', DATABASE_URL: 'postgres://h/d' }
    expect(mistakesOf(external)).toEqual([
      expect.stringMatching(/^FACET_MASTER_KEY must be set in production/),
      expect.stringMatching(/^FACET_CUSTODY_KMS_KEY or FACET_CUSTODY_KEY must be set in production/),
    ])
    const master = { ...external, FACET_MASTER_KEY: Buffer.alloc(32, 1).toString('base64') }
    expect(mistakesOf({ ...master, FACET_CUSTODY_KMS_KEY: 'alias/custody' })).toEqual([])
    expect(mistakesOf({ ...master, FACET_CUSTODY_KEY: Buffer.alloc(32, 2).toString('base64') })).toEqual([])
    expect(mistakesOf({ NODE_ENV: 'production' })).toEqual([])
  })

  it('reads the master key from base64 and from hex', () => {
    const key = Buffer.from(Array.from({ length: 32 }, (_, i) => i * 7))
    for (const text of [key.toString('base64'), key.toString('hex')]) {
      expect(readConfig({ FACET_MASTER_KEY: text }).masterKey).toEqual(key)
    }
  })

  it('takes a master key of exactly 32 bytes only, not what a lenient decoder makes of one', () => {
    const text = Buffer.alloc(32, 251).toString('base64')
    expect(readConfig({ FACET_MASTER_KEY: text.replaceAll('+', '-').replace('=', '') }).masterKey).toHaveLength(32)
    for (const wrong of [`${text}AAAA`, ` ${text}`, text.replace('+', ' '), `${text.slice(0, 20)}!${text.slice(20)}`]) {
      expect(mistakesOf({ FACET_MASTER_KEY: wrong })).toHaveLength(1)
    }
  })

  it('takes a public URL that links can begin with: no user, query or fragment', () => {
    const wrong = [
      'https://u:hunter2@h',
      'https://u@h',
      'https://h?a',
      'https://h#a',
      'ftp://h',
      'https://',
      'https://a b',
    ]
    for (const url of wrong) {
      const [mistake] = mistakesOf({ FACET_PUBLIC_URL: url })
      expect(mistake, url).toMatch(/^FACET_PUBLIC_URL must be a URL that begins with/)
      expect(mistake).not.toMatch(/hunter/)
    }
    expect(readConfig({ FACET_PUBLIC_URL: 'https://h:8443/base/' }).publicUrl).toBe('https://h:8443/base')
  })

  it('cuts the trailing slash of the public URL', () => {
    expect(readConfig({ FACET_PUBLIC_URL: 'https://p.example.com/' }).publicUrl).toBe('https://p.example.com')
  })
})

describe('FACET_WEBHOOK_ALLOW', () => {
  const allowOf = (text: string) => readConfig({ FACET_WEBHOOK_ALLOW: text }).webhookAllow

  it('opens nothing by default', () => {
    expect(readConfig({}).webhookAllow).toEqual([])
  })

  it('writes each target as a URL does, and once', () => {
    expect(allowOf('localhost:3000')).toEqual(['localhost:3000'])
    expect(allowOf('LOCALHOST:080, 127.1:8080,127.0.0.1:8080,[0:0::1]:443')).toEqual([
      'localhost:80',
      '127.0.0.1:8080',
      '[::1]:443',
    ])
  })

  it('cannot be changed afterwards', () => {
    expect(Object.isFrozen(allowOf('localhost:3000'))).toBe(true)
    expect(Object.isFrozen(allowOf(''))).toBe(true)
  })

  it('takes nothing but host:port, so that no mistake opens more than was meant', () => {
    const wrong = ['localhost', 'localhost:', ':3000', 'localhost:0', 'localhost:65536', 'localhost:3000,', 'a b:3000']
    wrong.push('http://localhost:3000', 'localhost:3000/', 'u@localhost:3000', '::1:3000', '[::1]', '[::g]:1', '*:*')
    wrong.push('localhost:3e3', 'localhost:-1', 'localhost:3000;evil:1', '1.2.3.4.5:80', 'a%2eb:80', ',', '256.1.1.1:1')
    wrong.push('*:3000', '*.example.com:3000')
    for (const text of wrong) {
      expect(mistakesOf({ FACET_WEBHOOK_ALLOW: text }), text).toEqual([
        expect.stringMatching(/^FACET_WEBHOOK_ALLOW must be host:port, several separated by commas, not "/),
      ])
    }
  })
})

describe('FACET_TRUSTED_PROXIES', () => {
  const proxiesOf = (text: string) => readConfig({ FACET_TRUSTED_PROXIES: text }).trustedProxies

  it('trusts nobody by default', () => {
    expect(readConfig({}).trustedProxies).toEqual([])
    expect(Object.isFrozen(readConfig({}).trustedProxies)).toBe(true)
  })

  it('takes addresses and ranges of both families', () => {
    expect(proxiesOf('127.0.0.1, 10.0.0.0/8,::1,2001:db8::/32')).toEqual([
      '127.0.0.1',
      '10.0.0.0/8',
      '::1',
      '2001:db8::/32',
    ])
  })

  it('takes nothing else, no range of everybody among it', () => {
    const wrong = [
      'proxy',
      'localhost',
      'loopback',
      '10.0.0',
      '10.0.0.0/33',
      '10.0.0.0/0',
      '::/0',
      '::1/129',
      '10.0.0.0/-1',
    ]
    wrong.push(
      '10.0.0.0/8/8',
      '10.0.0.0/255.0.0.0',
      '10.0.0.1:80',
      '[::1]',
      'fe80::1%eth0',
      '::ffff:10.0.0.1',
      '*',
      'true',
      '1',
    )
    for (const text of [...wrong, '127.0.0.1,', ',', '127.0.0.1;10.0.0.1', '127.0.0.1 10.0.0.1']) {
      expect(mistakesOf({ FACET_TRUSTED_PROXIES: text }), text).toEqual([
        expect.stringMatching(/^FACET_TRUSTED_PROXIES must be addresses and ranges as 10\.0\.0\.0\/8, .*, not "/),
      ])
    }
  })
})

describe('unknownSettings', () => {
  it('finds variables that look like settings and are none', () => {
    expect(unknownSettings({ FACET_PROT: '1', FACET_PORT: '1', PATH: '/' })).toEqual(['FACET_PROT'])
  })
})

describe('FACET_EVENT_RETENTION_DAYS', () => {
  it('is 90 days unless it says otherwise, from a week to ten years', () => {
    expect(readConfig({}).eventRetentionDays).toBe(90)
    expect(readConfig({ FACET_EVENT_RETENTION_DAYS: '7' }).eventRetentionDays).toBe(7)
    expect(readConfig({ FACET_EVENT_RETENTION_DAYS: '3650' }).eventRetentionDays).toBe(3_650)
    for (const text of ['6', '3651', '1.5', '-1', 'forever']) {
      expect(mistakesOf({ FACET_EVENT_RETENTION_DAYS: text }), text).toEqual([
        expect.stringMatching(/^FACET_EVENT_RETENTION_DAYS must be a whole number from 7 to 3650/),
      ])
    }
  })
})

describe('the limits of pictures', () => {
  it('are 10 MiB, 50 megapixels and 10 seconds unless they say otherwise', () => {
    expect(readConfig({})).toMatchObject({
      pictureMaxBytes: 10_485_760,
      pictureMaxPixels: 50_000_000,
      pictureTimeoutSeconds: 10,
    })
  })

  it.each([
    ['FACET_PICTURE_MAX_BYTES', ['1023', '104857601', '10MB']],
    ['FACET_PICTURE_MAX_PIXELS', ['0', '268402690', '5e7']],
    ['FACET_PICTURE_TIMEOUT', ['0', '61', '0.5', '10s']],
  ])('take whole numbers within bounds: %s', (name, wrong) => {
    for (const text of wrong) {
      expect(mistakesOf({ [name]: text }), text).toEqual([
        expect.stringMatching(new RegExp(`^${name} must be a whole number from`)),
      ])
    }
  })
})

describe('REDIS_URL', () => {
  it.each([
    'redis://localhost',
    'redis://127.0.0.1:6379/0',
    'redis://:p%40ss@[::1]:6380/',
    'rediss://user:secret@redis.example.com:6380/15',
  ])('takes %s', (url) => {
    expect(readConfig({ REDIS_URL: url }).redisUrl).toBe(url)
  })

  it.each([
    'localhost:6379',
    'http://localhost',
    'redis:localhost',
    'redis://',
    'redis:///0',
    'redis://localhost/name',
    'redis://localhost/0/1',
    'redis://localhost:port',
    'redis://localhost:6379/0?enableOfflineQueue=true',
    'redis://localhost#0',
    'redis://user:100%@localhost',
    'redis://local host',
  ])('refuses %s', (url) => {
    expect(mistakesOf({ REDIS_URL: url })).toEqual([expect.stringMatching(/^REDIS_URL must be a URL that begins with/)])
  })
})

describe('SMTP_URL', () => {
  const from = { FACET_MAIL_FROM: 'noreply@example.com' }

  it.each([
    'smtp://localhost',
    'smtp://127.0.0.1:1025/',
    'smtp://[::1]:25',
    'smtp://user:p%40ss@mail.example.com:587',
    'smtps://noreply%40example.com:secret@mail.example.com',
  ])('takes %s', (url) => {
    expect(readConfig({ SMTP_URL: url, ...from }).smtpUrl).toBe(url)
  })

  it.each([
    'localhost:25',
    'http://localhost',
    'smtp:localhost',
    'smtp://',
    'smtp://localhost/path',
    'smtp://localhost:port',
    'smtps://localhost?tls.rejectUnauthorized=false',
    'smtps://localhost#x',
    'smtp://user@localhost',
    'smtp://:secret@localhost',
    'smtp://user:100%@localhost',
    'smtp://local host',
  ])('refuses %s', (url) => {
    expect(mistakesOf({ SMTP_URL: url, ...from })).toEqual([
      expect.stringMatching(/^SMTP_URL must be a URL that begins with smtp:/),
    ])
  })

  it('needs the address that mails come from', () => {
    expect(mistakesOf({ SMTP_URL: 'smtp://localhost' })).toEqual([
      'FACET_MAIL_FROM must be set with SMTP_URL: the address that mails come from',
    ])
  })
})

describe('FACET_MAIL_FROM', () => {
  it.each([
    ['noreply@example.com', '', 'noreply@example.com'],
    ['<a.b+c@example.com>', '', 'a.b+c@example.com'],
    ['Example <noreply@example.com>', 'Example', 'noreply@example.com'],
    ["  Zoë's Shop   <noreply@example.com> ", "Zoë's Shop", 'noreply@example.com'],
  ])('takes %s', (text, name, address) => {
    expect(readConfig({ FACET_MAIL_FROM: text }).mailFrom).toEqual({ name, address })
  })

  it.each([
    'Example',
    'a@b@example.com',
    'a@example.com, b@example.com',
    'A <a@example.com> <b@example.com>',
    'Example noreply@example.com',
    '"A" <a@example.com>',
    'A\r\nBcc: b <a@example.com>',
    'a@example.com\nBcc: b@example.com',
    'A <>',
    '@example.com',
    'a@',
  ])('refuses %j', (text) => {
    expect(mistakesOf({ FACET_MAIL_FROM: text })).toEqual([
      expect.stringMatching(/^FACET_MAIL_FROM must be an address/),
    ])
  })
})

describe('S3_BUCKET', () => {
  const keys = { S3_ACCESS_KEY_ID: 'AKIAEXAMPLE', S3_SECRET_ACCESS_KEY: 'abc/DEF+123=' }

  it('keeps files in the bucket, at AWS in us-east-1 unless it says otherwise', () => {
    expect(readConfig({ S3_BUCKET: 'pictures', ...keys })).toMatchObject({
      s3Bucket: 'pictures',
      s3Region: 'us-east-1',
      s3Endpoint: undefined,
      s3AccessKeyId: 'AKIAEXAMPLE',
      s3SecretAccessKey: 'abc/DEF+123=',
    })
    const elsewhere = { S3_REGION: 'auto', S3_ENDPOINT: 'http://127.0.0.1:9000/' }
    expect(readConfig({ S3_BUCKET: 'pictures', ...keys, ...elsewhere })).toMatchObject({
      s3Region: 'auto',
      s3Endpoint: 'http://127.0.0.1:9000',
    })
  })

  it('needs both parts of the access key, and says so in a line for each', () => {
    expect(mistakesOf({ S3_BUCKET: 'pictures' })).toEqual([
      'S3_ACCESS_KEY_ID must be set with S3_BUCKET: the id of a key that may use the bucket',
      'S3_SECRET_ACCESS_KEY must be set with S3_BUCKET: the secret of the key that may use the bucket',
    ])
    expect(mistakesOf({ S3_REGION: 'auto' })).toEqual([])
  })

  it.each(['abc', 'my.bucket-1', '0'.repeat(63)])('takes the name %s', (name) => {
    expect(mistakesOf({ S3_BUCKET: name, ...keys })).toEqual([])
  })

  it.each([
    ['S3_BUCKET', 'ab'],
    ['S3_BUCKET', 'a'.repeat(64)],
    ['S3_BUCKET', 'Pictures'],
    ['S3_BUCKET', 'a/b/c'],
    ['S3_BUCKET', '-abc'],
    ['S3_BUCKET', 'arn:aws:s3:::pictures'],
    ['S3_REGION', 'eu.example.com/'],
    ['S3_ENDPOINT', 'storage.example.com'],
    ['S3_ENDPOINT', 'https://hunter2:hunter2@storage.example.com'],
    ['S3_ENDPOINT', 'https://storage.example.com?x'],
    ['S3_ACCESS_KEY_ID', 'hunter2 '],
    ['S3_SECRET_ACCESS_KEY', 'hunter2\n'],
  ])('refuses %s=%j and repeats no secret', (name, text) => {
    const [mistake, ...others] = mistakesOf({ S3_BUCKET: 'pictures', ...keys, [name]: text })
    expect(mistake).toMatch(new RegExp(`^${name} must be `))
    expect(mistake).not.toMatch(/hunter/)
    expect(others).toEqual([])
  })
})

describe('apiEnvironment', () => {
  it('holds no key, nothing that leads to the custody key, and no password of the mail server, and can be read', () => {
    const plain = { NODE_ENV: 'production', DATABASE_URL: 'postgres://h/d', FACET_MAIL_FROM: 'a@example.com' }
    const secrets = {
      FACET_MASTER_KEY: 'hunter2',
      FACET_CUSTODY_KEY: 'hunter2',
      FACET_CUSTODY_KMS_KEY: 'hunter2',
      AWS_SECRET_ACCESS_KEY: 'hunter2',
      SMTP_URL: 'smtps://user:hunter2@mail.example.com:465',
    }
    const env = { ...plain, ...secrets, ...apiEnvironment({ ...plain, ...secrets }) }
    expect(JSON.parse(JSON.stringify(env))).toEqual({ ...plain, SMTP_URL: 'smtps://mail.example.com:465' })
    expect(readApiConfig(env)).toMatchObject({ production: true, smtpUrl: 'smtps://mail.example.com:465' })
    expect(apiEnvironment({})).not.toHaveProperty('SMTP_URL')
  })
})

describe('workerEnvironment', () => {
  it('holds neither the master key nor the Redis, which are for others, and all that leads to the custody key', () => {
    const custody = { FACET_CUSTODY_KEY: 'x', FACET_CUSTODY_KMS_KEY: 'y', AWS_REGION: 'z', PATH: '/' }
    expect(workerEnvironment({ FACET_MASTER_KEY: 'x', REDIS_URL: 'redis://h', ...custody })).toEqual(custody)
  })
})
