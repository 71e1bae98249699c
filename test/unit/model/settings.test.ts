import { describe, expect, test } from 'vitest'
import { SluiceError } from '../../../src/base/errors.ts'
import { limits } from '../../../src/base/limits.ts'
import { DOCUMENTED_SETTINGS, readSettings, settingsTable } from '../../../src/model/settings.ts'

function refusal(env: NodeJS.ProcessEnv): SluiceError {
  try {
    readSettings(env)
  } catch (thrown) {
    if (thrown instanceof SluiceError) return thrown
    throw thrown
  }
  throw new Error('the settings were accepted')
}

describe('an environment', () => {
  test('that sets nothing gives the documented defaults', () => {
    expect(readSettings({ PATH: '/bin' })).toEqual({
      port: 8080, host: '127.0.0.1', dataDir: './data', adminToken: undefined, secretKey: undefined, allowPrivateNetwork: false, egressAllow: [],
      sandbox: 'standard', sandboxRequire: undefined, logLevel: 'info',
      logBytesMax: limits.logBytesMax, retryWindowSeconds: 4 * 3_600, retryBaseMs: limits.retryBaseMs, trustedProxies: [],
    })
  })

  test('that sets everything is taken as it says', () => {
    expect(readSettings({
      PORT: '0', HOST: '::1', SLUICE_DATA_DIR: '/var/lib/sluice', SLUICE_ADMIN_TOKEN: 'token', SLUICE_SECRET_KEY: 'k'.repeat(16),
      SLUICE_ALLOW_PRIVATE_NETWORK: 'true', SLUICE_EGRESS_ALLOW: '127.0.0.1:9000, 10.0.0.0/8,[::1]:80,fd00::/8,db.internal,',
      SLUICE_SANDBOX: 'hardened', SLUICE_SANDBOX_REQUIRE: 'permission+netns', SLUICE_LOG_LEVEL: 'debug',
      SLUICE_LOG_BYTES_MAX: '65536', SLUICE_RETRY_WINDOW_SECONDS: '5', SLUICE_RETRY_BASE_MS: '20', SLUICE_URL: 'http://127.0.0.1:8080', REDIS_URL: 'rediss+cluster://a:1,b:2',
    })).toEqual({
      port: 0, host: '::1', dataDir: '/var/lib/sluice', adminToken: 'token', secretKey: 'k'.repeat(16),
      allowPrivateNetwork: true, egressAllow: ['127.0.0.1:9000', '10.0.0.0/8', '[::1]:80', 'fd00::/8', 'db.internal'],
      sandbox: 'hardened', sandboxRequire: 'permission+netns', logLevel: 'debug', logBytesMax: 65_536, retryWindowSeconds: 5, retryBaseMs: 20, trustedProxies: [], redisUrl: 'rediss+cluster://a:1,b:2',
    })
  })

  test('with an empty variable is as without it', () => expect(readSettings({ PORT: '', SLUICE_ADMIN_TOKEN: '' })).toEqual(readSettings({})))
})

describe('a bad setting is refused with its name, its problem and an example:', () => {
  test.each([
    [{ PORT: 'eighty' }, 'PORT must be a whole number from 0 to 65535, but is "eighty"; for example PORT=8080'],
    [{ PORT: '65536' }, 'PORT must be a whole number from 0 to 65535, but is "65536"; for example PORT=8080'],
    [{ HOST: 'http://localhost' }, 'HOST must be a host name or an address, without scheme or port, but is "http://localhost"; for example HOST=0.0.0.0'],
    [{ SLUICE_SANDBOX: 'none' }, 'SLUICE_SANDBOX must be one of standard, hardened, but is "none"; for example SLUICE_SANDBOX=hardened'],
    [{ SLUICE_ALLOW_PRIVATE_NETWORK: 'yes' }, 'SLUICE_ALLOW_PRIVATE_NETWORK must be 1 or 0, but is "yes"; for example SLUICE_ALLOW_PRIVATE_NETWORK=1'],
    [{ SLUICE_EGRESS_ALLOW: 'http://a/' }, 'SLUICE_EGRESS_ALLOW must be a comma list of host, host:port or CIDR, but is "http://a/"; for example SLUICE_EGRESS_ALLOW=127.0.0.1:9000,10.1.0.0/16'],
    [{ SLUICE_RETRY_BASE_MS: '1.5' }, 'SLUICE_RETRY_BASE_MS must be a whole number from 1 to 3600000, but is "1.5"; for example SLUICE_RETRY_BASE_MS=10000'],
  ])('%o', (env, message) => expect(refusal(env).message).toBe(message))

  test('a secret, without repeating it', () => {
    const { message } = refusal({ SLUICE_SECRET_KEY: 'hunter2 hunter2', SLUICE_ADMIN_TOKEN: 'two words' })
    expect(message).toContain('SLUICE_SECRET_KEY must be made of visible ASCII characters without spaces')
    expect(message).toContain('SLUICE_ADMIN_TOKEN must be made of visible ASCII characters without spaces')
    expect(message).not.toMatch(/hunter2|two words/)
  })

  test('all of them at once', () => {
    const { code, details } = refusal({ PORT: '-1', SLUICE_LOG_LEVEL: 'loud', SLUICE_SPEED: 'fast' })
    expect(code).toBe('invalid_request')
    expect(details['variables']).toEqual(['PORT', 'SLUICE_LOG_LEVEL', 'SLUICE_SPEED'])
  })
})

describe('what this release does not know is refused, never ignored:', () => {
  test('a misspelt variable, with the one it is near to', () => {
    expect(refusal({ SLUICE_SANBOX: 'hardened' }).message).toBe('SLUICE_SANBOX is not a setting of Sluice; did you mean SLUICE_SANDBOX?')
  })

  test('a variable that is near to none', () => {
    expect(refusal({ SLUICE_KAFKA_BROKERS: 'a' }).message).toBe('SLUICE_KAFKA_BROKERS is not a setting of Sluice; the README lists them all')
  })

  test('DATABASE_URL, since the configuration would not be where its owner believes', () => {
    expect(refusal({ DATABASE_URL: 'postgres://127.0.0.1/sluice' }).message).toContain('DATABASE_URL is set, but the configuration is kept in SQLite')
  })
})

test('the table for the README has a row for every setting', () => {
  const rows = settingsTable().split('\n').slice(2)
  expect(rows).toHaveLength(DOCUMENTED_SETTINGS.length)
  expect(rows.every((row) => row.split('|').length === 5)).toBe(true)
})
