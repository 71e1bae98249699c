/** Documented names that need what an isolate has not: the first use says so, and what to do instead. */

const ABSENT: Record<string, string> = {
  google: 'It needs gRPC sockets. Call the REST API of the Google Cloud service with fetch, with a token made by jsonwebtoken from a service account (RS256).',
  azure: 'It needs AMQP and database sockets. Call the REST API of the Azure service with fetch, with a token from login.microsoftonline.com.',
  jsforce: 'Call the Salesforce REST API with fetch, with an access token in a setting.',
  nodemailjet: 'Call the Mailjet REST API (api.mailjet.com/v3.1/send) with fetch.',
  skyflowlib: 'Call the Skyflow REST API with fetch, with a bearer token made by jsonwebtoken.',
  winstonlib: 'It writes to files and sockets. Use console.log, which is kept with the event, or send lines to a log service with fetch.',
  pg: 'It needs a database socket. Use a warehouse, or an HTTP gateway of the database, with fetch.',
  jsftp: 'It needs FTP sockets. Send the file to an HTTP endpoint, or to S3 with AWS, or with fetch.',
  snowflakesdk: 'Call the Snowflake SQL REST API with fetch, with a token made by jsonwebtoken (RS256), or use a warehouse.',
  clickHouseClient: "Call ClickHouse's HTTP interface with fetch.",
  oneSignal: 'Call the OneSignal REST API (api.onesignal.com) with fetch.',
  akeylessLabs: 'Keep secrets in sensitive settings of the function, or call the Akeyless REST API with fetch.',
  sentrylib: 'Errors of functions are kept and shown with their events; to report more, call the envelope endpoint of Sentry with fetch.',
}

function stub(name: string): unknown {
  const refuse = (): never => {
    throw new Error(`"${name}" is not available here. ${ABSENT[name]!}`)
  }
  const get = (_: unknown, key: string | symbol): unknown => (typeof key === 'symbol' || key === 'then' ? undefined : refuse())
  return new Proxy(function absent() {}, { get, set: refuse, apply: refuse, construct: refuse, has: refuse })
}

export const google = stub('google')
export const azure = stub('azure')
export const jsforce = stub('jsforce')
export const nodemailjet = stub('nodemailjet')
export const skyflowlib = stub('skyflowlib')
export const winstonlib = stub('winstonlib')
export const pg = stub('pg')
export const jsftp = stub('jsftp')
export const snowflakesdk = stub('snowflakesdk')
export const clickHouseClient = stub('clickHouseClient')
export const oneSignal = stub('oneSignal')
export const akeylessLabs = stub('akeylessLabs')
export const sentrylib = stub('sentrylib')
