/**
 * What the environment may set, read once at start. One table: it parses, it explains what is wrong, and it draws the
 * settings table of the README. An empty variable counts as absent.
 */
import { z } from 'zod'
import { SluiceError } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import type { LogLevel } from '../base/log.ts'
import { nearestName } from '../base/nearest-name.ts'

interface SettingRow<Value> {
  variable: string
  /** From the variable's text; `error` completes "VARIABLE must be ...". */
  parse: z.ZodType<Value, string | undefined>
  /** For people: what holds when the variable is absent. */
  absent: string
  example: string
  what: string
  /** Never repeated in a message. */
  secret?: true
}

const setting = <Value>(row: SettingRow<Value>): SettingRow<Value> => row

function wholeNumber(from: number, to: number, absent: number) {
  const error = `a whole number from ${from} to ${to}`
  return z.string().regex(/^\d{1,15}$/, { error, abort: true }).transform(Number)
    .refine((number) => number >= from && number <= to, { error }).default(absent)
}

function oneOf<const Names extends readonly [string, ...string[]]>(names: Names, absent: Names[number]) {
  return z.enum(names, { error: `one of ${names.join(', ')}` }).default(absent as z.util.NoUndefined<Names[number]>)
}

const flag = z.enum(['0', '1', 'false', 'true'], { error: '1 or 0' }).default('0').transform((text) => text === '1' || text === 'true')

const visible = z.string().regex(/^[\x21-\x7e]+$/, { error: 'made of visible ASCII characters without spaces' })

/** `host`, `host:port`, `[v6]:port`, or an address range such as 10.0.0.0/8. */
const EGRESS_ENTRY = /^(?:[\w.-]+(?::\d{1,5})?|\[[\da-f:.]+\](?::\d{1,5})?|[\da-f:.]+(?:\/\d{1,3})?)$/i
const egressList = z.string().transform((text) => text.split(',').map((entry) => entry.trim()).filter((entry) => entry !== ''))
  .refine((entries) => entries.every((entry) => EGRESS_ENTRY.test(entry)), { error: 'a comma list of host, host:port or CIDR' })

const PROXY_ENTRY = /^(?:loopback|linklocal|uniquelocal|\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?|[\da-f]*:[\da-f:.]*(?:\/\d{1,3})?)$/i
const proxyList = z.string().transform((text) => text.split(',').map((entry) => entry.trim()).filter((entry) => entry !== ''))
  .refine((entries) => entries.every((entry) => PROXY_ENTRY.test(entry)), { error: 'a comma list of addresses and CIDRs' })

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const satisfies readonly LogLevel[]

const SETTINGS = {
  port: setting({
    variable: 'PORT', parse: wholeNumber(0, 65_535, 8_080), absent: '8080', example: '8080',
    what: 'Port to listen on; 0 takes any free one, which the ready line names.',
  }),
  host: setting({
    variable: 'HOST', parse: z.string().regex(/^[\w.:-]+$/, { error: 'a host name or an address, without scheme or port' }).default('127.0.0.1'),
    absent: '127.0.0.1', example: '0.0.0.0', what: 'Address to listen on; 0.0.0.0 lets other machines in.',
  }),
  trustedProxies: setting({
    variable: 'SLUICE_TRUSTED_PROXIES', parse: proxyList.default([]), absent: 'nobody', example: '10.0.0.0/8,loopback',
    what: 'Comma list of addresses and CIDRs (or `loopback`, `linklocal`, `uniquelocal`) of proxies in front, whose `X-Forwarded-For`, `-Proto` and `-Host` are believed: for `context.ip`, and for addresses that browsers are told.',
  }),
  dataDir: setting({
    variable: 'SLUICE_DATA_DIR', parse: z.string().default('./data'), absent: './data', example: '/var/lib/sluice',
    what: 'Folder of the log, the configuration and the generated secrets; made when missing.',
  }),
  adminToken: setting({
    variable: 'SLUICE_ADMIN_TOKEN', parse: visible.optional(), absent: 'made at first start', example: 'a-long-random-text', secret: true,
    what: 'Token of the management API. When absent, one is made, kept in `admin-token` in the data folder (mode 0600) and printed once.',
  }),
  secretKey: setting({
    variable: 'SLUICE_SECRET_KEY', parse: visible.optional(),
    absent: 'made at first start', example: 'a-long-random-text', secret: true,
    what: 'Key that seals sensitive settings at rest. When absent, one is made and kept in the data folder (mode 0600). Losing it loses those settings.',
  }),
  allowPrivateNetwork: setting({
    variable: 'SLUICE_ALLOW_PRIVATE_NETWORK', parse: flag, absent: '0', example: '1',
    what: '1 lets functions and destinations reach private and loopback addresses. For development only.',
  }),
  egressAllow: setting({
    variable: 'SLUICE_EGRESS_ALLOW', parse: egressList.default([]), absent: 'nothing', example: '127.0.0.1:9000,10.1.0.0/16',
    what: 'Comma list of `host:port`, host or CIDR that functions and destinations may reach although it is private.',
  }),
  sandbox: setting({
    variable: 'SLUICE_SANDBOX', parse: oneOf(['standard', 'hardened'], 'standard'), absent: 'standard', example: 'hardened',
    what: '`hardened` runs functions without the JIT and under a hard memory cap; slower for regular expressions.',
  }),
  sandboxRequire: setting({
    variable: 'SLUICE_SANDBOX_REQUIRE', parse: visible.optional(), absent: 'nothing', example: 'permission+netns',
    what: 'Walls around functions without which the router does not start, joined by `+`: `permission`, `netns`, `uid`. `/readyz` names those that this machine gives.',
  }),
  logLevel: setting({
    variable: 'SLUICE_LOG_LEVEL', parse: oneOf(LOG_LEVELS, 'info'), absent: 'info', example: 'debug',
    what: `Lowest level that is written to standard error: ${LOG_LEVELS.join(', ')}.`,
  }),
  logBytesMax: setting({
    variable: 'SLUICE_LOG_BYTES_MAX', parse: wholeNumber(1_024, 2 ** 40, limits.logBytesMax), absent: String(limits.logBytesMax), example: '1073741824',
    what: 'Bytes of events that may wait in the log; above it the tracking API answers 503 with `Retry-After`.',
  }),
  redisUrl: setting({
    variable: 'REDIS_URL', parse: z.string().regex(/^rediss?(?:\+cluster)?:\/\/\S+$/, { error: 'a redis://, rediss://, redis+cluster:// or rediss+cluster:// address' }).optional(),
    absent: 'SQLite in the data folder', example: 'redis://127.0.0.1:6379', secret: true,
    what: 'Keeps the log, the parked and the ended deliveries in Redis 6.2 or later instead of SQLite. It must be set to `appendonly yes`, `appendfsync always` and `maxmemory-policy noeviction` for a 200 to mean durable; one installation per Redis.',
  }),
  retryWindowSeconds: setting({
    variable: 'SLUICE_RETRY_WINDOW_SECONDS', parse: wholeNumber(0, 30 * 86_400, limits.retryWindowMs / 1_000), absent: String(limits.retryWindowMs / 1_000),
    example: '14400', what: 'How long a delivery is retried, counted from its first attempt (or from when it first found the destination resting); then it is buried and can be replayed.',
  }),
  retryBaseMs: setting({
    variable: 'SLUICE_RETRY_BASE_MS', parse: wholeNumber(1, 3_600_000, limits.retryBaseMs), absent: String(limits.retryBaseMs), example: '10000',
    what: 'First retry wait in milliseconds; it doubles with each attempt, with jitter, up to 20 minutes.',
  }),
}

export type Settings = { readonly [Name in keyof typeof SETTINGS]: z.output<(typeof SETTINGS)[Name]['parse']> }

/** Refused instead of ignored: somebody who sets them believes that their events are in that server. */
const NOT_OFFERED = ['DATABASE_URL']

/** Read by the command line alone, from the same environment. */
const COMMAND_LINE_VARIABLES = ['SLUICE_URL']

export interface DocumentedSetting {
  variable: string
  absent: string
  example: string
  what: string
}

/** Every variable the router reads, in the order of the table. */
export const DOCUMENTED_SETTINGS: readonly DocumentedSetting[] = Object.values(SETTINGS)

/**
 * Parses the environment.
 * @throws SluiceError invalid_request; the message has one line per bad variable, `details.variables` their names
 */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const problems = new Map<string, string>()
  const values: Record<string, unknown> = {}
  for (const [name, row] of Object.entries<SettingRow<unknown>>(SETTINGS)) {
    const text = env[row.variable] === '' ? undefined : env[row.variable]
    const parsed = row.parse.safeParse(text)
    if (parsed.success) values[name] = parsed.data
    else problems.set(row.variable, describeProblem(row, text, parsed.error))
  }
  for (const variable of NOT_OFFERED) {
    if (env[variable]) problems.set(variable, `${variable} is set, but the configuration is kept in SQLite in SLUICE_DATA_DIR only; unset it.`)
  }
  for (const variable of unknownVariables(env)) problems.set(variable, describeUnknown(variable))
  if (problems.size > 0) {
    throw new SluiceError('invalid_request', { message: [...problems.values()].join('\n'), variables: [...problems.keys()] })
  }
  return values as Settings
}

function describeProblem(row: SettingRow<unknown>, text: string | undefined, error: z.ZodError): string {
  const shown = row.secret ? '' : `, but is ${JSON.stringify(text)}`
  return `${row.variable} must be ${error.issues[0]?.message ?? 'valid'}${shown}; for example ${row.variable}=${row.example}`
}

function unknownVariables(env: NodeJS.ProcessEnv): string[] {
  const known = new Set([...DOCUMENTED_SETTINGS.map((row) => row.variable), ...COMMAND_LINE_VARIABLES])
  return Object.keys(env).filter((variable) => variable.startsWith('SLUICE_') && !known.has(variable)).toSorted()
}

function describeUnknown(variable: string): string {
  const nearest = nearestName(variable, DOCUMENTED_SETTINGS.map((row) => row.variable))
  return `${variable} is not a setting of Sluice${nearest === undefined ? '; the README lists them all' : `; did you mean ${nearest}?`}`
}

/** The README's table. */
export function settingsTable(): string {
  const rows = DOCUMENTED_SETTINGS.map((row) => `| \`${row.variable}\` | ${row.absent} | ${row.what} |`)
  return ['| variable | when absent | what it does |', '|---|---|---|', ...rows].join('\n')
}
