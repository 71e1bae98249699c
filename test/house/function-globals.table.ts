/** What an author finds, one row for each global or group of them, and which test uses it as an author would. */
export interface GlobalRow {
  names: readonly string[]
  what: string
  /** The package and version that Segment's documentation names. */
  documented?: string
  /** Below `test/sandbox`. */
  test: string
  /** Not here: what to use. */
  instead?: string
}

const WEB = 'surface/web.test.ts'
const LIBRARIES = 'surface/libraries.test.ts'
const SDK = 'surface/sdk.test.ts'

export const GLOBALS: readonly GlobalRow[] = [
  { names: ['Segment'], what: '`identify track page screen group alias set`; in source functions only', documented: 'own', test: 'semantics.test.ts' },
  { names: ['RetryError', 'EventNotSupported', 'InvalidEventPayload', 'ValidationError', 'DropEvent'], what: 'errors that say what becomes of the event', documented: 'own', test: 'semantics.test.ts' },
  { names: ['console'], what: '`log info debug warn error` and kin, kept with failures and traces', documented: 'Node', test: 'semantics.test.ts' },
  { names: ['fetch', 'Headers', 'Request', 'Response'], what: 'as node-fetch 2: a status never rejects; guarded and counted', documented: 'node-fetch 2.6.0', test: WEB },
  { names: ['FormData'], what: 'the one of browsers, and form-data\'s `getHeaders()` `getBuffer()` `getBoundary()`', documented: 'form-data 2.4.0', test: WEB },
  { names: ['URL', 'URLSearchParams'], what: 'as in browsers and Node', documented: 'Node', test: WEB },
  { names: ['Blob', 'File'], what: 'bytes as parts of forms and as bodies', test: WEB },
  { names: ['AbortController', 'AbortSignal'], what: 'for `fetch`; with `AbortSignal.timeout` and `any`', test: WEB },
  { names: ['Event', 'EventTarget', 'DOMException'], what: 'as in browsers, without bubbling', test: WEB },
  { names: ['TextEncoder', 'TextDecoder'], what: 'UTF-8, UTF-16LE, windows-1252', test: WEB },
  { names: ['structuredClone'], what: 'copies of values with dates, maps, sets, errors and bytes', test: WEB },
  { names: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate', 'queueMicrotask'], what: 'end with the event that started them', documented: 'Node', test: WEB },
  { names: ['atob', 'btoa'], what: 'base64 of characters up to U+00FF', documented: 'atob 2.1.2, btoa 1.2.1', test: WEB },
  { names: ['Buffer'], what: 'with all encodings of Node', documented: 'Node', test: WEB },
  { names: ['cache'], what: '`load(key, ttlMs, fn)` `delete(key)`: live values kept between events of this isolate; parallel loads are shared, failures never kept', documented: 'own', test: WEB },
  { names: ['window'], what: 'the global object', documented: 'own', test: 'semantics.test.ts' },
  { names: ['crypto', 'Crypto'], what: 'Node\'s calls: `createHash createHmac createCipheriv createSign sign verify publicEncrypt createPrivateKey randomBytes randomUUID pbkdf2Sync scryptSync hkdfSync timingSafeEqual` and kin; `subtle` and `getRandomValues`', documented: 'Node', test: 'surface/crypto.test.ts' },
  { names: ['https', 'http'], what: '`request` and `get` over the guarded fetch', documented: 'Node', test: 'surface/https.test.ts' },
  { names: ['_'], what: 'lodash', documented: 'lodash 4.17.19', test: LIBRARIES },
  { names: ['moment'], what: 'with `moment.tz` and the rules of all zones for 1970 to 2030', documented: 'moment-timezone 0.5.31', test: LIBRARIES },
  { names: ['jsonwebtoken'], what: 'HS, RS, PS and ES algorithms; RSA keys from 2048 bits', documented: 'jsonwebtoken 8.5.1', test: LIBRARIES },
  { names: ['uuidv5'], what: '`uuidv5.uuidv5(namespace, name)`', documented: 'uuidv5 1.0.0', test: LIBRARIES },
  { names: ['xml'], what: 'writes XML', documented: 'xml 1.0.1', test: LIBRARIES },
  { names: ['xml2js'], what: 'reads and writes XML', documented: 'xml2js 0.4.23', test: LIBRARIES },
  { names: ['libphonenumberjslib'], what: '`libphonenumberjslib.libphonenumberjs`', documented: 'libphonenumber-js', test: LIBRARIES },
  { names: ['zlib'], what: '`zlib.zlib`: deflate, gzip and their inverses; synchronous, by callback, by promise', documented: 'zlib 1.0.5', test: LIBRARIES },
  { names: ['cryptojslib'], what: '`cryptojslib.cryptojs`', documented: 'crypto-js', test: LIBRARIES },
  { names: ['aws4'], what: '`aws4.aws4.sign(request, credentials)`', documented: 'aws4', test: LIBRARIES },
  { names: ['fetchretrylib'], what: '`fetchretrylib.fetchretry(fetch)`', documented: 'fetch-retry', test: LIBRARIES },
  { names: ['OAuth'], what: '`OAuth.OAuth` `OAuth.OAuth2`; `OAuth` is also the first of them', documented: 'oauth 0.9.15', test: LIBRARIES },
  { names: ['AWS'], what: 'version 2, with CloudWatch, CloudWatchLogs, DynamoDB, EventBridge, Firehose, Kinesis, KMS, Lambda, S3, SecretsManager, SES, SNS, SQS, SSM, StepFunctions, STS', documented: 'aws-sdk 2.488.0', test: SDK },
  { names: ['stripe'], what: '`stripe(key)`', documented: 'stripe 8.115.0', test: SDK },
  { names: ['twilio'], what: '`twilio(accountSid, token)`', documented: 'twilio 3.68.0', test: SDK },
  { names: ['sendgrid'], what: '`sendgrid.client` `sendgrid.mail`', documented: '@sendgrid/client, @sendgrid/mail 7.4.7', test: SDK },
  { names: ['hubspotlib'], what: '`new hubspotlib.hubspot.Client({ accessToken })`', documented: '@hubspot/api-client', test: SDK },
  { names: ['mailchimplib'], what: '`mailchimplib.mailchimp`', documented: '@mailchimp/mailchimp_marketing', test: SDK },
  ...absent(),
]

function absent(): GlobalRow[] {
  const rows: [name: string, documented: string, instead: string][] = [
    ['google', '@google-cloud/{automl,bigquery,datastore,firestore,functions,pubsub,storage,tasks}', "the service's REST API with `fetch`, with a token made by `jsonwebtoken` (RS256)"],
    ['azure', '@azure/identity, event-hubs, synapse', "the service's REST API with `fetch`"],
    ['jsforce', 'jsforce 1.11.0', 'the Salesforce REST API with `fetch`'],
    ['nodemailjet', 'node-mailjet', 'the Mailjet REST API with `fetch`'],
    ['skyflowlib', 'skyflow-node', 'the Skyflow REST API with `fetch`'],
    ['winstonlib', 'winston 2.4.6', '`console`, or a log service with `fetch`'],
    ['pg', 'pg', 'a warehouse, or an HTTP gateway of the database'],
    ['jsftp', 'jsftp', 'an HTTP endpoint, or S3 with `AWS`'],
    ['snowflakesdk', 'snowflake-sdk', "Snowflake's SQL REST API with `fetch`"],
    ['clickHouseClient', '@clickhouse/client', "ClickHouse's HTTP interface with `fetch`"],
    ['oneSignal', '@onesignal/node-onesignal', 'the OneSignal REST API with `fetch`'],
    ['akeylessLabs', 'akeyless, akeyless-cloud-id', 'sensitive settings, or the Akeyless REST API'],
    ['sentrylib', '@sentry/node', "the errors kept with events, or Sentry's envelope endpoint"],
  ]
  return rows.map(([name, documented, instead]) => ({ names: [name], what: '', documented, test: WEB, instead }))
}

/** A behaviour that Segment documents, and the test that holds us to it. */
export interface PromiseRow {
  what: string
  /** Below `test`. */
  file: string
  /** Part of the test's name. */
  title: string
}

const SEMANTICS = 'sandbox/semantics.test.ts'
const STYLE = 'sandbox/surface/style.test.ts'
const UPLOADS = 'sandbox/bad-uploads.test.ts'

export const PROMISES: readonly PromiseRow[] = [
  { what: 'Handlers are top-level functions that nobody exports', file: SEMANTICS, title: 'each type of event goes to its own handler' },
  { what: 'TypeScript, and exported handlers, work too', file: STYLE, title: 'the TypeScript form of the same, exported or not' },
  { what: 'Sloppy mode: names need no declaration', file: STYLE, title: 'undeclared variables, module-scope headers, lodash, moment and a missing setting' },
  { what: '`this` and `window` are the global object', file: SEMANTICS, title: 'window and this are the global object, and undeclared variables can be assigned' },
  { what: 'Globals can be written over', file: 'sandbox/surface/web.test.ts', title: 'lets authors write over everything, also before they read it' },
  { what: 'There is no `require`, no `process`, no import of Node', file: SEMANTICS, title: 'there is no way to the host' },
  { what: 'Module variables survive between events; no other instance sees them', file: SEMANTICS, title: 'module variables survive between events of one instance' },
  { what: 'Each call gets an event and settings of its own', file: SEMANTICS, title: 'settings are a fresh copy' },
  { what: '`request.json()` `text()` `headers` `url`, over the exact bytes', file: STYLE, title: 'a webhook whose signature is checked over the exact bytes' },
  { what: 'Form bodies', file: SEMANTICS, title: 'form bodies are an object of fields' },
  { what: '`Segment.*` puts out all or nothing', file: SEMANTICS, title: 'a throw takes back what the call had put out, and the next call starts empty' },
  { what: 'Calls are copied when they are made', file: SEMANTICS, title: 'put out events and objects, copied at the call' },
  { what: 'An insert function passes on what it returns', file: SEMANTICS, title: 'an insert function passes the event on' },
  { what: 'Error classes decide what becomes of the event', file: STYLE, title: 'the same with a setting, and its errors as authors throw them' },
  { what: 'A type without a handler is unsupported', file: SEMANTICS, title: 'an event without a handler is not supported, by name of its type' },
  { what: '`onBatch` with `{status, errormessage}` for each event', file: SEMANTICS, title: 'of a destination ends each event by its status' },
  { what: '`onBatch` of an insert function is paired by messageId', file: SEMANTICS, title: 'of an insert function is paired by messageId, and what is missing or a hole was filtered' },
  { what: 'Single handlers stand in for `onBatch`', file: SEMANTICS, title: 'that is missing falls back to the handlers of single events' },
  { what: '`fetch` is that of node-fetch 2', file: SEMANTICS, title: 'sends what node-fetch 2 would, and gives its Response' },
  { what: '`fetch` rejects with a FetchError and its wording', file: 'sandbox/surface/web.test.ts', title: 'rejects as node-fetch does' },
  { what: '`cache.load` and `cache.delete`', file: 'sandbox/surface/web.test.ts', title: 'loads once, shares a load, and forgets failures' },
  { what: 'The cache keeps live objects, such as clients', file: 'sandbox/surface/sdk.test.ts', title: 'assumes a role as the documentation does, and keeps the client in the cache' },
  { what: '`uuidv5 = uuidv5.uuidv5` and `zlib = zlib.zlib` in warm isolates', file: STYLE, title: "the documentation's `zlib = zlib.zlib` and `uuidv5 = uuidv5.uuidv5` in an insert function" },
  { what: 'Synchronous `crypto` of Node', file: 'sandbox/surface/crypto.test.ts', title: 'work at module scope and in HMAC signatures, as a webhook check has them' },
  { what: 'Libraries under their documented names', file: 'sandbox/surface/libraries.test.ts', title: '_ is lodash' },
  { what: 'SDKs over the guarded HTTP layer', file: 'sandbox/surface/sdk.test.ts', title: 'puts objects into S3' },
  { what: 'Documented names that are not here say what to use', file: 'sandbox/surface/web.test.ts', title: 'every documented name that is not here says what to use instead' },
  { what: 'Logs are kept with failures', file: SEMANTICS, title: 'logs are kept of failures, with the values as they were' },
  { what: 'Failures show place, logs and requests', file: 'sandbox/failure-trace.test.ts', title: 'a thrown error has its place, its log and its requests with their answers, and no secrets' },
  { what: 'A bad upload costs only itself', file: UPLOADS, title: 'a refused upload leaves other functions of the workspace alone' },
]
