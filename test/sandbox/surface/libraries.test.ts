import { createCipheriv, createHash, createHmac, generateKeyPairSync, verify } from 'node:crypto'
import * as zlib from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { textAnswer } from '../run-function.ts'
import { useSurface } from './run-twice.ts'

const surface = useSurface()

test('_ is lodash', async () => {
  const code = `
    const traits = _.pick(event.properties, ['plan', 'seats'])
    return [traits, _.get(event, 'properties.user.name', 'nobody'), _.snakeCase('Order Completed'), _.merge({}, { a: { b: 1 } }, { a: { c: 2 } }), _([3, 1, 2]).sortBy().reverse().value()]`
  expect(await surface.run(code, { payload: { properties: { plan: 'pro', seats: 3, user: {} } } })).toEqual([{ plan: 'pro', seats: 3 }, 'nobody', 'order_completed', { a: { b: 1, c: 2 } }, [3, 2, 1]])
})

test('moment formats, adds, and knows the time zones', async () => {
  const code = `
    const at = moment('2026-03-29T00:30:00Z')
    return [
      at.utc().format('YYYY-MM-DD HH:mm'), moment.tz('2026-03-29T00:30:00Z', 'Europe/Berlin').add(1, 'hour').format(), moment.unix(0).utc().toISOString(),
      moment('2026-01-31').add(1, 'month').format('L'), moment.duration(90, 'minutes').humanize(), moment.isMoment(at), moment.tz.names().length > 300, typeof moment.version,
    ]`
  expect(await surface.run(code)).toEqual(['2026-03-29 00:30', '2026-03-29T03:30:00+02:00', '1970-01-01T00:00:00.000Z', '02/28/2026', '2 hours', true, true, 'string'])
})

describe('jsonwebtoken', () => {
  test('signs and verifies with secrets', async () => {
    const code = `
      const token = jsonwebtoken.sign({ sub: event.userId, iat: 1000000000 }, 'shh')
      const failure = (run) => { try { run(); return 'none' } catch (error) { return error.name + ': ' + error.message } }
      const later = await new Promise((resolve, reject) => jsonwebtoken.verify(token, 'shh', (error, payload) => error ? reject(error) : resolve(payload)))
      return [token, jsonwebtoken.verify(token, 'shh').sub, jsonwebtoken.decode(token, { complete: true }).header.alg, later.sub,
        failure(() => jsonwebtoken.verify(token, 'other')), failure(() => jsonwebtoken.verify(jsonwebtoken.sign({ exp: 1 }, 'shh'), 'shh'))]`
    const [token, ...rest] = await surface.run(code) as string[]
    const [head, body, signature] = token!.split('.')
    expect(signature).toBe(createHmac('sha256', 'shh').update(`${head}.${body}`).digest('base64url'))
    expect(JSON.parse(Buffer.from(body!, 'base64url').toString())).toEqual({ sub: 'u1', iat: 1_000_000_000 })
    expect(rest).toEqual(['u1', 'HS256', 'u1', 'JsonWebTokenError: invalid signature', 'TokenExpiredError: jwt expired'])
  })

  test('signs as a Google service account does', async () => {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const settings = { key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, public: pair.publicKey.export({ type: 'spki', format: 'pem' }) as string }
    const code = `
      const token = jsonwebtoken.sign({ scope: 'bigquery', iat: 1000000000 }, settings.key, { algorithm: 'RS256', issuer: 'robot@example.com', audience: 'https://oauth2.googleapis.com/token', keyid: 'k1', noTimestamp: false })
      return [token, jsonwebtoken.verify(token, settings.public, { algorithms: ['RS256'] }).iss]`
    const [token, issuer] = await surface.run(code, { settings }) as [string, string]
    const [head, body, signature] = token.split('.')
    expect(verify('sha256', Buffer.from(`${head}.${body}`), pair.publicKey, Buffer.from(signature!, 'base64url'))).toBe(true)
    expect(issuer).toBe('robot@example.com')
  })

  test('signs with ES256', async () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const settings = { key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, public: pair.publicKey.export({ type: 'spki', format: 'pem' }) as string }
    expect(await surface.run("return jsonwebtoken.verify(jsonwebtoken.sign({ a: 1 }, settings.key, { algorithm: 'ES256' }), settings.public).a", { settings })).toBe(1)
  })
})

test('uuidv5 survives the line of the documentation in a warm isolate', async () => {
  const code = "uuidv5 = uuidv5.uuidv5\nreturn [uuidv5('dns', 'segment.com'), uuidv5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'segment.com')]"
  const [first, second] = await surface.run(code) as string[]
  expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(second).toBe(first)
})

test('xml writes', async () => {
  expect(await surface.run("return xml([{ user: [{ _attr: { id: 1 } }, { name: 'A & B' }] }], { declaration: true })")).toBe('<?xml version="1.0" encoding="UTF-8"?><user id="1"><name>A &amp; B</name></user>')
})

test('xml2js reads, by callback and by promise, and writes', async () => {
  const code = `
    const text = '<order id="7"><item>one</item><item>two</item></order>'
    const called = await new Promise((resolve, reject) => xml2js.parseString(text, { explicitArray: false }, (error, result) => error ? reject(error) : resolve(result)))
    const promised = await new xml2js.Parser({ mergeAttrs: true }).parseStringPromise(text)
    const broken = await xml2js.parseStringPromise('<a>').catch((error) => error.message.split('\\n')[0])
    return [called, promised, new xml2js.Builder({ headless: true, renderOpts: { pretty: false } }).buildObject({ a: { b: 1 } }), broken]`
  expect(await surface.run(code)).toEqual([
    { order: { $: { id: '7' }, item: ['one', 'two'] } }, { order: { id: ['7'], item: ['one', 'two'] } }, '<a><b>1</b></a>', 'Unclosed root tag',
  ])
})

test('libphonenumberjs reads numbers', async () => {
  const code = `
    const { parsePhoneNumber, isValidPhoneNumber, AsYouType } = libphonenumberjslib.libphonenumberjs
    const number = parsePhoneNumber('(213) 373-4253', 'US')
    return [number.number, number.country, number.formatInternational(), isValidPhoneNumber('12', 'DE'), new AsYouType('US').input('2133734'), libphonenumberjslib.libphonenumberjs('+12133734253').country]`
  expect(await surface.run(code)).toEqual(['+12133734253', 'US', '+1 213 373 4253', false, '(213) 373-4', 'US'])
})

test('zlib survives the line of the documentation, and does what Node does', async () => {
  const code = `
    const text = 'squeeze '.repeat(100)
    const promised = await zlib.gzip(text)
    const called = await new Promise((resolve, reject) => zlib.inflate(zlib.deflateSync(text), (error, result) => error ? reject(error) : resolve(result)))
    const broken = (() => { try { zlib.gunzipSync(Buffer.from('nothing')) } catch (error) { return error.code } })()
    return {
      deflated: zlib.deflateSync(text).toString('base64'), raw: zlib.inflateRawSync(zlib.deflateRawSync(text)).toString() === text, gunzipped: zlib.gunzipSync(promised).toString() === text,
      unzipped: zlib.unzipSync(zlib.gzipSync(text, { level: 9 })).toString() === text, called: called.toString() === text, buffer: Buffer.isBuffer(promised), broken,
      fromOutside: zlib.inflateSync(Buffer.from(event.properties.sealed, 'base64')).toString(),
    }`
  const sealed = zlib.deflateSync('made by Node').toString('base64')
  const result = await surface.run(code, { top: 'zlib = zlib.zlib', payload: { properties: { sealed } } }) as { deflated: string }
  expect(zlib.inflateSync(Buffer.from(result.deflated, 'base64')).toString()).toBe('squeeze '.repeat(100))
  expect(result).toMatchObject({ raw: true, gunzipped: true, unzipped: true, called: true, buffer: true, broken: 'Z_DATA_ERROR', fromOutside: 'made by Node' })
})

test('zlib stops at the limit it is given', async () => {
  expect(await surface.fails('zlib.gunzipSync(zlib.gzipSync("x".repeat(5000)), { maxOutputLength: 100 })')).toMatch(/^RangeError/)
})

test('cryptojs hashes and encrypts', async () => {
  const code = `
    const CryptoJS = cryptojslib.cryptojs
    const sealed = CryptoJS.AES.encrypt('hello', CryptoJS.enc.Hex.parse('00112233445566778899aabbccddeeff'), { iv: CryptoJS.enc.Hex.parse('00000000000000000000000000000000') })
    const secret = CryptoJS.AES.encrypt('with a passphrase', 'pass').toString()
    return [CryptoJS.MD5('a').toString(), CryptoJS.HmacSHA256('a', 'k').toString(CryptoJS.enc.Base64), sealed.ciphertext.toString(), CryptoJS.AES.decrypt(secret, 'pass').toString(CryptoJS.enc.Utf8)]`
  const cipher = createCipheriv('aes-128-cbc', Buffer.from('00112233445566778899aabbccddeeff', 'hex'), Buffer.alloc(16))
  expect(await surface.run(code)).toEqual([
    createHash('md5').update('a').digest('hex'), createHmac('sha256', 'k').update('a').digest('base64'), cipher.update('hello', 'utf8', 'hex') + cipher.final('hex'), 'with a passphrase',
  ])
})

test('aws4 signs requests', async () => {
  const code = `
    const signed = aws4.sign({ host: 'sqs.us-east-1.amazonaws.com', path: '/?Action=ListQueues', headers: { 'X-Amz-Date': '20260101T000000Z' } }, { accessKeyId: 'AK', secretAccessKey: 'SK' })
    return signed.headers.Authorization`
  expect(await surface.run(code, { top: 'aws4 = aws4.aws4' })).toMatch(/^AWS4-HMAC-SHA256 Credential=AK\/20260101\/us-east-1\/sqs\/aws4_request, SignedHeaders=host;x-amz-date, Signature=[0-9a-f]{64}$/)
})

test('fetchretry tries again', async () => {
  let calls = 0
  surface.answer = () => textAnswer(String(calls++), { status: calls % 3 === 0 ? 200 : 503 })
  const code = `
    const fetchWithRetry = fetchretrylib.fetchretry(fetch, { retries: 3, retryDelay: 1, retryOn: [503] })
    return (await fetchWithRetry('https://api.example.com/flaky')).status`
  expect(await surface.run(code)).toBe(200)
  expect(surface.requests).toHaveLength(3)
  surface.answer = () => textAnswer('{}')
})

describe('OAuth', () => {
  test('signs requests and sends them', async () => {
    surface.answer = () => textAnswer('{"id_str":"1"}')
    const code = `
      const client = new OAuth.OAuth('https://api.example.com/request', 'https://api.example.com/access', 'consumer', 'consumer secret', '1.0A', null, 'HMAC-SHA1')
      const body = await new Promise((resolve, reject) => client.post('https://api.example.com/1.1/statuses', 'token', 'token secret', { status: 'hello world' }, (error, data) => error ? reject(new Error(JSON.stringify(error))) : resolve(data)))
      return [body, typeof client.authHeader('https://api.example.com/', 'token', 'token secret', 'GET'), typeof OAuth.OAuth2]`
    expect(await surface.run(code)).toEqual(['{"id_str":"1"}', 'string', 'function'])
    const [request] = surface.requests
    expect(request).toMatchObject({ method: 'POST', url: 'https://api.example.com/1.1/statuses', body: 'status=hello%20world' })
    expect(request!.headers.Authorization ?? request!.headers.authorization).toMatch(/^OAuth oauth_consumer_key="consumer",oauth_nonce="\w+",oauth_signature_method="HMAC-SHA1",oauth_timestamp="\d+",oauth_token="token",oauth_version="1.0A",oauth_signature=".+"$/)
  })

  test('is also the class itself', async () => {
    const code = "return new OAuth('https://a.example', 'https://b.example', 'k', 's', '1.0', null, 'HMAC-SHA1').signUrl('https://api.example.com/x', 't', 'ts', 'GET').includes('oauth_signature=')"
    expect(await surface.run(code)).toBe(true)
  })
})
