import { Argument, Command, InvalidArgumentError } from 'commander'
import { systemClock } from '../../base/clock.ts'
import { asError } from '../../base/errors.ts'
import type { Json, JsonObject } from '../../model/event.ts'
import { serverUrl } from '../api-client.ts'
import { batchesOf, eventsOfFile, eventText } from '../event-batches.ts'
import { sendBatches } from '../send-batches.ts'
import type { SendTotals } from '../send-batches.ts'

const TYPES = ['identify', 'track', 'page', 'screen', 'group', 'alias'] as const
type SentType = (typeof TYPES)[number]

interface SendCommandOptions {
  writeKey: string
  url?: string
  file?: string
  json?: boolean
  user?: string
  anonymous?: string
  event?: string
  name?: string
  groupId?: string
  previousId?: string
  messageId?: string
  timestamp?: string
  properties?: JsonObject
  traits?: JsonObject
  context?: JsonObject
  integrations?: JsonObject
}

export function sendCommand(): Command {
  return new Command('send')
    .description('Send one event, or a file of them, to a source.')
    .addArgument(new Argument('[type]', 'the kind of the one event').choices(TYPES))
    .requiredOption('--write-key <key>', "the source's write key")
    .option('--file <events.ndjson>', 'send this file instead: one event as JSON a line, each with its "type"')
    .option('--user <id>', 'userId')
    .option('--anonymous <id>', 'anonymousId')
    .option('--event <name>', 'what happened (track)')
    .option('--name <name>', 'of the page or screen')
    .option('--group-id <id>', 'groupId (group)')
    .option('--previous-id <id>', 'previousId (alias)')
    .option('--properties <json>', 'track, page, screen', jsonObject)
    .option('--traits <json>', 'identify, group', jsonObject)
    .option('--context <json>', 'context', jsonObject)
    .option('--integrations <json>', 'which destinations get it', jsonObject)
    .option('--timestamp <iso8601>', 'when it happened; default: now')
    .option('--message-id <id>', 'default: a new one; the same one twice is one event')
    .option('--url <address>', 'the server (SLUICE_URL; default http://127.0.0.1:8080)')
    .option('--json', 'print the result as JSON')
    .action(send)
}

async function send(type: SentType | undefined, options: SendCommandOptions, command: Command): Promise<void> {
  if ((type === undefined) === (options.file === undefined)) command.error('error: name the type of one event, or give --file')
  const url = serverUrl(options, process.env)
  const events = type === undefined ? eventsOfFile(options.file!) : [eventText(eventOf(type, options, command), 'the event')]
  const showProgress = process.stderr.isTTY && !options.json && type === undefined
  const totals = await sendBatches(batchesOf(events), {
    url,
    writeKey: options.writeKey,
    clock: systemClock,
    ...(showProgress ? { onProgress: (sent: SendTotals) => process.stderr.write(`\r${sent.events} sent`) } : {}),
  })
  if (showProgress) process.stderr.write('\r')
  console.log(options.json ? JSON.stringify(totals) : describe(totals))
}

/** The tracking API answers 200 to events that lack something, so what is missing is said here. */
function eventOf(type: SentType, options: SendCommandOptions, command: Command): JsonObject {
  const need = (present: unknown, flag: string): void => {
    if (!present) command.error(`error: ${type} needs ${flag}`)
  }
  need(options.user ?? options.anonymous, '--user or --anonymous')
  if (type === 'track') need(options.event, '--event')
  if (type === 'group') need(options.groupId, '--group-id')
  if (type === 'alias') need(options.previousId, '--previous-id')
  const { user, anonymous, event, name, groupId, previousId, messageId, properties, traits, context, integrations } = options
  const timestamp = options.timestamp ?? new Date(systemClock.now()).toISOString()
  // Through JSON, which leaves out what was not given.
  return JSON.parse(JSON.stringify({
    type, userId: user, anonymousId: anonymous, event, name, groupId, previousId, messageId, properties, traits, context, integrations, timestamp,
  })) as JsonObject
}

function jsonObject(text: string): JsonObject {
  let value: Json
  try {
    value = JSON.parse(text) as Json
  } catch (thrown) {
    throw new InvalidArgumentError(`It is not JSON: ${asError(thrown).message}`)
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new InvalidArgumentError('It must be a JSON object, such as {"plan": "pro"}.')
  }
  return value
}

function describe({ events, requests, retries }: SendTotals): string {
  const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`
  return `${plural(events, 'event')} accepted in ${plural(requests, 'request')}${retries === 0 ? '' : ` (${retries} sent again)`}.`
}
