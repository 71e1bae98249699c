import * as node from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { useSurface } from './run-twice.ts'

const surface = useSurface()
const hex = (digest: string, text: string): string => node.createHash(digest).update(text).digest('hex')

describe('hashes', () => {
  test('are those of Node, by every name that authors use', async () => {
    const names = ['md5', 'sha1', 'SHA1', 'sha224', 'sha256', 'SHA256', 'RSA-SHA256', 'sha384', 'sha512', 'sha512-256', 'sha3-256', 'ripemd160']
    const code = `return ${JSON.stringify(names)}.map((name) => crypto.createHash(name).update('héllo wörld').digest('hex'))`
    expect(await surface.run(code)).toEqual(names.map((name) => hex(name, 'héllo wörld')))
  })

  test('take text, encodings and bytes in pieces, and give every encoding', async () => {
    const code = `
      const hash = crypto.createHash('sha256').update('61', 'hex').update(Buffer.from('b')).update(new Uint8Array([99]))
      const copy = hash.copy().update('d').digest('base64')
      return [hash.digest('base64url'), copy, Buffer.isBuffer(crypto.createHash('md5').update('').digest()), crypto.hash('sha1', 'abc')]`
    expect(await surface.run(code)).toEqual([
      node.createHash('sha256').update('abc').digest('base64url'), node.createHash('sha256').update('abcd').digest('base64'), true, hex('sha1', 'abc'),
    ])
  })

  test('work at module scope and in HMAC signatures, as a webhook check has them', async () => {
    const code = `
      const expected = crypto.createHmac('sha256', secret).update('payload').digest('hex')
      return [prefix, expected, crypto.timingSafeEqual(Buffer.from(expected), Buffer.from(expected)), crypto.createHmac('sha1', Buffer.from('k')).update('x').digest('base64')]`
    expect(await surface.run(code, { top: "const secret = 'shh'\nconst prefix = crypto.createHash('md5').update('p').digest('hex')" })).toEqual([
      hex('md5', 'p'), node.createHmac('sha256', 'shh').update('payload').digest('hex'), true, node.createHmac('sha1', 'k').update('x').digest('base64'),
    ])
  })

  test('say which there are when there is none of that name', async () => {
    expect(await surface.fails("crypto.createHash('whirlpool')")).toMatch(/^Error: Digest method not supported: whirlpool\. There are md5, sha1/)
  })
})

describe('ciphers', () => {
  const suites = [128, 192, 256].flatMap((bits) => ['cbc', 'ctr', 'ecb', 'gcm'].map((mode) => `aes-${bits}-${mode}`))
  const plain = 'The quick brown fox jumps over the lazy dog, twice.'

  test.each(suites)('%s gives what Node gives, in pieces, and reads it back', async (suite) => {
    const key = 'k'.repeat(Number(suite.split('-')[1]) / 8)
    const iv = suite.endsWith('ecb') ? '' : suite.endsWith('gcm') ? 'twelve bytes' : 'sixteen bytes iv'
    const code = `
      const iv = ${iv === '' ? 'null' : `Buffer.from('${iv}')`}
      const cipher = crypto.createCipheriv('${suite}', '${key}', iv)
      let sealed = cipher.update(${JSON.stringify(plain.slice(0, 20))}, 'utf8', 'hex')
      sealed += cipher.update(${JSON.stringify(plain.slice(20))}, 'utf8', 'hex')
      sealed += cipher.final('hex')
      const decipher = crypto.createDecipheriv('${suite}', Buffer.from('${key}'), iv)
      if ('${suite}'.endsWith('gcm')) decipher.setAuthTag(cipher.getAuthTag())
      const opened = Buffer.concat([decipher.update(Buffer.from(sealed, 'hex').subarray(0, 17)), decipher.update(sealed.slice(34), 'hex'), decipher.final()]).toString()
      return [sealed, opened, cipher.getAuthTag ? cipher.getAuthTag().toString('hex') : '']`
    const cipher = node.createCipheriv(suite, key, iv === '' ? null : iv)
    const sealed = cipher.update(plain, 'utf8', 'hex') + cipher.final('hex')
    const tag = suite.endsWith('gcm') ? (cipher as node.CipherGCM).getAuthTag().toString('hex') : ''
    expect(await surface.run(code)).toEqual([sealed, plain, tag])
  })

  test('refuse a wrong key, a wrong tag and an unknown suite as Node does', async () => {
    const open = "crypto.createDecipheriv('aes-256-cbc', 'x'.repeat(32), Buffer.alloc(16))"
    expect(await surface.fails(`const d = ${open}; d.update('00112233445566778899aabbccddeeff', 'hex'); d.final()`)).toMatch(/bad decrypt/)
    expect(await surface.fails("crypto.createCipheriv('aes-256-cbc', 'short', Buffer.alloc(16))")).toBe('RangeError: Invalid key length')
    expect(await surface.fails("crypto.createCipheriv('aes-256-cbc', 'x'.repeat(32), Buffer.alloc(3))")).toBe('TypeError: Invalid initialization vector')
    expect(await surface.fails("crypto.createCipheriv('des', 'short', null)")).toMatch(/Unknown cipher: des/)
    const gcm = "const d = crypto.createDecipheriv('aes-128-gcm', 'x'.repeat(16), Buffer.alloc(12)); d.setAuthTag(Buffer.alloc(16)); d.update('00', 'hex'); d.final()"
    expect(await surface.fails(gcm)).toBe('Error: Unsupported state or unable to authenticate data')
  })

  test('authenticate additional data', async () => {
    const code = `
      const cipher = crypto.createCipheriv('aes-256-gcm', 'x'.repeat(32), Buffer.alloc(12, 1)).setAAD(Buffer.from('head'))
      return cipher.update('body', 'utf8', 'base64') + cipher.final('base64') + cipher.getAuthTag().toString('base64')`
    const cipher = node.createCipheriv('aes-256-gcm', 'x'.repeat(32), Buffer.alloc(12, 1)).setAAD(Buffer.from('head'))
    expect(await surface.run(code)).toBe(cipher.update('body', 'utf8', 'base64') + cipher.final('base64') + cipher.getAuthTag().toString('base64'))
  })
})

describe('keys of RSA and elliptic curves', () => {
  const rsa = node.generateKeyPairSync('rsa', { modulusLength: 2048 })
  const ec = node.generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const settings = {
    rsa: rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    pkcs1: rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }) as string,
    sealed: rsa.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open' }) as string,
    rsaPublic: rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string,
    ec: ec.privateKey.export({ type: 'sec1', format: 'pem' }) as string,
    ecPublic: ec.publicKey.export({ type: 'spki', format: 'pem' }) as string,
  }

  test('sign and verify', async () => {
    const code = `
      const signature = crypto.createSign('RSA-SHA256').update('to be ').update('signed').sign(settings.rsa, 'base64')
      return {
        signature,
        same: crypto.createSign('SHA256').update('to be signed').sign({ key: settings.sealed, passphrase: 'open' }, 'base64') === signature,
        pkcs1: crypto.sign('sha256', 'to be signed', settings.pkcs1).toString('base64') === signature,
        good: crypto.createVerify('sha256').update('to be signed').verify(settings.rsaPublic, signature, 'base64'),
        bad: crypto.createVerify('sha256').update('to be changed').verify(settings.rsaPublic, signature, 'base64'),
        pss: crypto.verify('sha256', Buffer.from('x'), { key: settings.rsaPublic, padding: crypto.constants.RSA_PKCS1_PSS_PADDING }, crypto.sign('sha256', Buffer.from('x'), { key: settings.rsa, padding: crypto.constants.RSA_PKCS1_PSS_PADDING })),
        ec: crypto.createVerify('SHA256').update('y').verify(settings.ecPublic, crypto.createSign('SHA256').update('y').sign(settings.ec)),
        p1363: crypto.sign('sha256', Buffer.from('y'), { key: settings.ec, dsaEncoding: 'ieee-p1363' }).length,
      }`
    const signature = node.createSign('RSA-SHA256').update('to be signed').sign(settings.rsa, 'base64')
    expect(await surface.run(code, { settings })).toEqual({ signature, same: true, pkcs1: true, good: true, bad: false, pss: true, ec: true, p1363: 64 })
  })

  test('encrypt, and tell what they are', async () => {
    const code = `
      const key = crypto.createPrivateKey(settings.rsa)
      const sealed = crypto.publicEncrypt({ key: settings.rsaPublic, oaepHash: 'sha256' }, Buffer.from('secret'))
      return [
        crypto.privateDecrypt({ key: settings.rsa, oaepHash: 'sha256' }, sealed).toString(), key.type, key.asymmetricKeyType, key.asymmetricKeyDetails.modulusLength,
        crypto.createPublicKey(settings.ecPublic).asymmetricKeyDetails.namedCurve, crypto.createPublicKey(key).export({ type: 'spki', format: 'pem' }) === settings.rsaPublic,
        key.export({ format: 'jwk' }).kty,
      ]`
    expect(await surface.run(code, { settings })).toEqual(['secret', 'private', 'rsa', 2048, 'prime256v1', true, 'RSA'])
  })

  test('are refused with a message when they are none, or too large', async () => {
    expect(await surface.fails("crypto.createSign('sha256').update('x').sign('no key')")).toMatch(/the key is not PEM/)
    expect(await surface.fails("crypto.createSign('sha256').update('x').sign('-----BEGIN PRIVATE KEY-----\\nAAAA\\n-----END PRIVATE KEY-----')")).toMatch(/^Error: /)
    expect(await surface.fails("crypto.createSign('sha256').update('x').sign('-----BEGIN' + 'x'.repeat(20000))")).toBe('Error: the key is too long')
  })
})

describe('derivation and chance', () => {
  test('derives what Node derives', async () => {
    const code = `
      const later = await new Promise((resolve, reject) => crypto.pbkdf2('pw', 'salt', 10, 16, 'sha1', (error, key) => error ? reject(error) : resolve(key)))
      return [
        crypto.pbkdf2Sync('pw', 'salt', 1000, 32, 'sha512').toString('hex'), crypto.scryptSync('pw', 'salt', 32, { N: 1024 }).toString('hex'),
        Buffer.from(crypto.hkdfSync('sha256', 'key', 'salt', 'info', 16)).toString('hex'), later.toString('hex'),
      ]`
    expect(await surface.run(code)).toEqual([
      node.pbkdf2Sync('pw', 'salt', 1000, 32, 'sha512').toString('hex'), node.scryptSync('pw', 'salt', 32, { N: 1024 }).toString('hex'),
      Buffer.from(node.hkdfSync('sha256', 'key', 'salt', 'info', 16)).toString('hex'), node.pbkdf2Sync('pw', 'salt', 10, 16, 'sha1').toString('hex'),
    ])
  })

  test('is random, in all its forms', async () => {
    const code = `
      const many = new Set(Array.from({ length: 2000 }, () => crypto.randomUUID()))
      const sample = crypto.randomUUID()
      const filled = crypto.getRandomValues(new Uint32Array(64))
      const drawn = Array.from({ length: 500 }, () => crypto.randomInt(3, 7))
      const bytes = crypto.randomBytes(100000)
      return [many.size, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(sample), new Set(filled).size > 60, [...new Set(drawn)].sort().join(), bytes.length, new Set(bytes).size]`
    expect(await surface.run(code)).toEqual([2000, true, true, '3,4,5,6', 100_000, 256])
  })
})

describe('crypto.subtle', () => {
  test('digests and signs with HMAC, as code for browsers and edges does', async () => {
    const code = `
      const bytes = new TextEncoder().encode('hello')
      const key = await crypto.subtle.importKey('raw', new TextEncoder().encode('shh'), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])
      const signature = await crypto.subtle.sign('HMAC', key, bytes)
      return [Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex'), Buffer.from(signature).toString('hex'), await crypto.subtle.verify('HMAC', key, signature, bytes)]`
    expect(await surface.run(code)).toEqual([hex('sha256', 'hello'), node.createHmac('sha256', 'shh').update('hello').digest('hex'), true])
  })

  test.each(['AES-GCM', 'AES-CBC', 'AES-CTR'])('encrypts with %s as Node does', async (name) => {
    const parameters = name === 'AES-GCM' ? { name, iv: Buffer.alloc(12, 7) } : name === 'AES-CBC' ? { name, iv: Buffer.alloc(16, 7) } : { name, counter: Buffer.alloc(16, 7), length: 64 }
    const vector = name === 'AES-GCM' ? 'iv: Buffer.alloc(12, 7)' : name === 'AES-CBC' ? 'iv: Buffer.alloc(16, 7)' : 'counter: Buffer.alloc(16, 7), length: 64'
    const code = `
      const key = await crypto.subtle.importKey('raw', Buffer.alloc(32, 3), '${name}', true, ['encrypt', 'decrypt'])
      const sealed = await crypto.subtle.encrypt({ name: '${name}', ${vector} }, key, Buffer.from('top secret'))
      return [Buffer.from(sealed).toString('hex'), Buffer.from(await crypto.subtle.decrypt({ name: '${name}', ${vector} }, key, sealed)).toString()]`
    const key = await node.subtle.importKey('raw', Buffer.alloc(32, 3), name, true, ['encrypt'])
    const sealed = await node.subtle.encrypt(parameters, key, Buffer.from('top secret'))
    expect(await surface.run(code)).toEqual([Buffer.from(sealed).toString('hex'), 'top secret'])
  })

  test('signs with RSA and ECDSA, and derives', async () => {
    const rsa = node.generateKeyPairSync('rsa', { modulusLength: 2048 })
    const ec = node.generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const settings = { rsa: rsa.privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'), jwk: JSON.stringify(ec.publicKey.export({ format: 'jwk' })), ec: ec.privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64') }
    const code = `
      const rsa = await crypto.subtle.importKey('pkcs8', Buffer.from(settings.rsa, 'base64'), { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, false, ['sign'])
      const ecdsa = { name: 'ECDSA', namedCurve: 'P-256' }
      const ec = await crypto.subtle.importKey('pkcs8', Buffer.from(settings.ec, 'base64'), ecdsa, false, ['sign'])
      const ecPublic = await crypto.subtle.importKey('jwk', JSON.parse(settings.jwk), ecdsa, true, ['verify'])
      const message = Buffer.from('message')
      const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, ec, message)
      const password = await crypto.subtle.importKey('raw', Buffer.from('pw'), 'PBKDF2', false, ['deriveBits', 'deriveKey'])
      const aes = await crypto.subtle.deriveKey({ name: 'PBKDF2', salt: Buffer.from('s'), iterations: 100, hash: 'SHA-256' }, password, { name: 'AES-GCM', length: 256 }, true, ['encrypt'])
      const secret = await crypto.subtle.importKey('raw', Buffer.from('key'), 'HKDF', false, ['deriveBits'])
      const pair = await crypto.subtle.generateKey(ecdsa, true, ['sign', 'verify'])
      const made = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, message)
      return [
        Buffer.from(await crypto.subtle.sign('RSASSA-PKCS1-v1_5', rsa, message)).toString('base64'),
        signature.byteLength, await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, ecPublic, signature, message),
        Buffer.from(await crypto.subtle.exportKey('raw', aes)).toString('hex'),
        Buffer.from(await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: Buffer.from('salt'), info: Buffer.from('info') }, secret, 128)).toString('hex'),
        await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, pair.publicKey, made, message),
      ]`
    expect(await surface.run(code, { settings })).toEqual([
      node.sign('sha256', Buffer.from('message'), rsa.privateKey).toString('base64'), 64, true,
      node.pbkdf2Sync('pw', 's', 100, 32, 'sha256').toString('hex'), Buffer.from(node.hkdfSync('sha256', 'key', 'salt', 'info', 16)).toString('hex'), true,
    ])
  })

  test('keeps a key for what it was imported for', async () => {
    const top = "const made = () => crypto.subtle.importKey('raw', Buffer.alloc(16), 'AES-GCM', false, ['encrypt'])"
    expect(await surface.fails('await crypto.subtle.exportKey("raw", await made())', { top })).toBe('InvalidAccessError: key is not extractable')
    expect(await surface.fails('await crypto.subtle.decrypt({ name: "AES-GCM", iv: Buffer.alloc(12) }, await made(), Buffer.alloc(20))', { top })).toMatch(/usages do not include decrypt/)
  })
})
