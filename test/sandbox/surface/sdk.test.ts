import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { textAnswer } from '../run-function.ts'
import { useSurface } from './run-twice.ts'

const surface = useSurface()
const json = (value: unknown, status = 200) => textAnswer(JSON.stringify(value), { status })
const xml = (text: string) => textAnswer(text, { headers: { 'content-type': 'text/xml' } })
const sentHeader = (name: string) => Object.entries(surface.requests[0]!.headers).find(([key]) => key.toLowerCase() === name)?.[1]
const sent = () => surface.requests.map(({ method, url }) => `${method} ${url}`)

describe('AWS', () => {
  const top = "AWS.config.update({ region: 'eu-west-1', credentials: new AWS.Credentials('AK', 'SK') })"

  test('puts objects into S3', async () => {
    surface.answer = () => textAnswer('', { headers: { etag: '"e1"' } })
    const code = "const s3 = new AWS.S3({ apiVersion: '2006-03-01' })\nreturn (await s3.putObject({ Bucket: 'events', Key: 'a/b.json', Body: JSON.stringify({ a: 1 }), ContentType: 'application/json' }).promise()).ETag"
    expect(await surface.run(code, { top })).toBe('"e1"')
    expect(sent()).toEqual(['PUT https://events.s3.eu-west-1.amazonaws.com/a/b.json'])
    expect(sentHeader('authorization')).toMatch(/^AWS4-HMAC-SHA256 Credential=AK\/\d+\/eu-west-1\/s3\/aws4_request/)
    expect(surface.requests[0]!.body).toBe('{"a":1}')
  })

  test('publishes to SNS, by callback', async () => {
    surface.answer = () => xml('<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>m1</MessageId></PublishResult></PublishResponse>')
    const code = "return new Promise((resolve, reject) => new AWS.SNS().publish({ TopicArn: 'arn:aws:sns:eu-west-1:1:t', Message: 'hi' }, (error, result) => error ? reject(error) : resolve(result.MessageId)))"
    expect(await surface.run(code, { top })).toBe('m1')
    expect(sent()).toEqual(['POST https://sns.eu-west-1.amazonaws.com/'])
  })

  test('puts records into Kinesis, and sends to SQS', async () => {
    surface.answer = ({ url }) => json(url.includes('kinesis') ? { ShardId: 's', SequenceNumber: '1' } : { MessageId: 'q1', MD5OfMessageBody: '49f68a5c8493ec2c0bf489821c21fc3b' })
    const code = `
      const record = await new AWS.Kinesis().putRecord({ Data: 'x', PartitionKey: 'p', StreamName: 'events' }).promise()
      const message = await new AWS.SQS().sendMessage({ QueueUrl: 'https://sqs.eu-west-1.amazonaws.com/1/q', MessageBody: 'hi' }).promise()
      return [record.SequenceNumber, message.MessageId]`
    expect(await surface.run(code, { top })).toEqual(['1', 'q1'])
  })

  test('assumes a role as the documentation does, and keeps the client in the cache', async () => {
    surface.answer = ({ url }) => url.includes('sts')
      ? xml('<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>TMP</AccessKeyId><SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>')
      : textAnswer('')
    const code = `
      const s3 = await cache.load('s3', 60000, async () => {
        const sts = new AWS.STS()
        const { Credentials } = await sts.assumeRole({ RoleArn: 'arn:aws:iam::1:role/segment', RoleSessionName: 'segment', ExternalId: 'secret' }).promise()
        return new AWS.S3({ credentials: new AWS.Credentials(Credentials.AccessKeyId, Credentials.SecretAccessKey, Credentials.SessionToken) })
      })
      await s3.putObject({ Bucket: 'events', Key: 'k', Body: 'x' }).promise()
      return s3.config.credentials.accessKeyId`
    expect(await surface.run(code, { top })).toBe('TMP')
    // The second event found the client in the cache.
    expect(sent()).toEqual(['PUT https://events.s3.eu-west-1.amazonaws.com/k'])
  })

  test('reports refusals', async () => {
    surface.answer = () => textAnswer('<Error><Code>AccessDenied</Code><Message>No.</Message></Error>', { status: 403, headers: { 'content-type': 'application/xml' } })
    expect(await surface.fails("await new AWS.S3().putObject({ Bucket: 'b', Key: 'k', Body: 'x' }).promise()", { top })).toBe('AccessDenied: No.')
  })
})

describe('stripe', () => {
  test('creates and reads', async () => {
    surface.answer = () => json({ id: 'cus_1', object: 'customer', email: 'ada@example.com' })
    const code = "const client = stripe(settings.key)\nconst customer = await client.customers.create({ email: 'ada@example.com', metadata: { plan: 'pro' } })\nreturn customer.id"
    expect(await surface.run(code, { settings: { key: 'sk_test_1' } })).toBe('cus_1')
    expect(surface.requests[0]).toMatchObject({ method: 'POST', url: 'https://api.stripe.com/v1/customers', body: 'email=ada%40example.com&metadata[plan]=pro' })
    expect(sentHeader('authorization')).toBe('Bearer sk_test_1')
  })

  test('reports refusals, and checks webhooks', async () => {
    surface.answer = () => json({ error: { type: 'card_error', message: 'Your card was declined.', code: 'card_declined' } }, 402)
    const payload = '{"id":"evt_1","object":"event","type":"charge.succeeded"}'
    const timestamp = Math.floor(Date.now() / 1000)
    const header = `t=${timestamp},v1=${createHmac('sha256', 'whsec').update(`${timestamp}.${payload}`).digest('hex')}`
    const code = `
      const client = new stripe('sk_test_1', { maxNetworkRetries: 0 })
      const refused = await client.charges.create({ amount: 1, currency: 'eur' }).catch((error) => [error.type, error.code, error.statusCode])
      return [refused, client.webhooks.constructEvent(settings.payload, settings.header, 'whsec').type]`
    expect(await surface.run(code, { settings: { payload, header } })).toEqual([['StripeCardError', 'card_declined', 402], 'charge.succeeded'])
  })
})

test('twilio sends messages', async () => {
  surface.answer = () => json({ sid: 'SM1', status: 'queued' }, 201)
  const code = "const message = await twilio(settings.sid, 'token').messages.create({ to: '+491', from: '+492', body: 'hi there' })\nreturn [message.sid, message.status]"
  expect(await surface.run(code, { settings: { sid: 'ACxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' } })).toEqual(['SM1', 'queued'])
  expect(surface.requests[0]).toMatchObject({ method: 'POST', url: 'https://api.twilio.com/2010-04-01/Accounts/ACxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx/Messages.json', body: 'To=%2B491&From=%2B492&Body=hi%20there' })
})

test('twilio reports refusals', async () => {
  surface.answer = () => json({ code: 21211, message: "The 'To' number is not valid.", status: 400 }, 400)
  expect(await surface.fails("await twilio('ACx', 'token').messages.create({ to: '1', from: '2', body: 'x' })")).toContain("The 'To' number is not valid.")
})

test('sendgrid sends mail, and requests', async () => {
  surface.answer = () => textAnswer('', { status: 202, headers: { 'x-message-id': 'g1' } })
  const code = `
    sendgrid.mail.setApiKey('SG.key')
    const [response] = await sendgrid.mail.send({ to: 'ada@example.com', from: 'us@example.com', subject: 'Hi', text: 'there' })
    sendgrid.client.setApiKey('SG.key')
    const [put] = await sendgrid.client.request({ method: 'PUT', url: '/v3/marketing/contacts', body: { contacts: [{ email: 'ada@example.com' }] } })
    return [response.statusCode, put.statusCode]`
  expect(await surface.run(code)).toEqual([202, 202])
  expect(sent()).toEqual(['POST https://api.sendgrid.com/v3/mail/send', 'PUT https://api.sendgrid.com/v3/marketing/contacts'])
  expect(JSON.parse(surface.requests[0]!.body as string)).toMatchObject({ personalizations: [{ to: [{ email: 'ada@example.com' }] }], subject: 'Hi' })
})

test('hubspot creates contacts', async () => {
  surface.answer = () => json({ id: '51', properties: { email: 'ada@example.com' }, createdAt: '2026-01-01T00:00:00Z', updatedAt: '2026-01-01T00:00:00Z' }, 201)
  const code = `
    const client = new hubspotlib.hubspot.Client({ accessToken: 'pat' })
    const contact = await client.crm.contacts.basicApi.create({ properties: { email: 'ada@example.com' }, associations: [] })
    return [contact.id, contact.properties.email]`
  expect(await surface.run(code)).toEqual(['51', 'ada@example.com'])
  expect(sent()).toEqual(['POST https://api.hubapi.com/crm/v3/objects/contacts'])
  expect(sentHeader('authorization')).toBe('Bearer pat')
})

test('mailchimp adds members', async () => {
  surface.answer = () => json({ id: 'm1', status: 'subscribed' })
  const code = `
    mailchimplib.mailchimp.setConfig({ apiKey: 'key', server: 'us1' })
    return (await mailchimplib.mailchimp.lists.addListMember('l1', { email_address: 'ada@example.com', status: 'subscribed' })).id`
  expect(await surface.run(code)).toBe('m1')
  expect(sent()).toEqual(['POST https://us1.api.mailchimp.com/3.0/lists/l1/members'])
})
