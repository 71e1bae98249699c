import { resolve } from 'node:path'
import { Command } from 'commander'
import { asError, SluiceError } from '../../base/errors.ts'
import { systemClock } from '../../base/clock.ts'
import { limits } from '../../base/limits.ts'
import { readSettings } from '../../model/settings.ts'
import type { Settings } from '../../model/settings.ts'
import type { RunningApp } from '../../app.ts'

interface ServeOptions {
  port?: string
  host?: string
  dataDir?: string
}

export function serveCommand(): Command {
  return new Command('serve')
    .description('Run the router. Everything else is set by the environment; the README lists the variables.')
    .option('--port <number>', 'instead of PORT')
    .option('--host <address>', 'instead of HOST')
    .option('--data-dir <folder>', 'instead of SLUICE_DATA_DIR')
    .action(serve)
}

async function serve(options: ServeOptions): Promise<void> {
  const settings = readSettings({
    ...process.env,
    ...(options.port === undefined ? {} : { PORT: options.port }),
    ...(options.host === undefined ? {} : { HOST: options.host }),
    ...(options.dataDir === undefined ? {} : { SLUICE_DATA_DIR: options.dataDir }),
  })
  // Loaded here, so that the other commands start without the router.
  const { startApp } = await import('../../app.ts')
  const app = await startApp(settings).catch((thrown: unknown) => {
    throw explainStartFailure(asError(thrown), settings)
  })
  stopOnSignals(app)
  const more = app.firstStart === undefined ? [] : firstStartLines(app.url, app.firstStart, settings)
  // One write, so that whoever waits for the ready line has the rest as well.
  console.log([`Sluice is ready at ${app.url}`, ...more].join('\n'))
}

/** The first signal drains; a second one exits at once. What is unfinished then is claimed again at the next start. */
function stopOnSignals(app: RunningApp): void {
  let stopping = false
  const stop = (): void => {
    if (stopping) process.exit(1)
    stopping = true
    const tooLong = systemClock.sleep(limits.stopMs).then(() => console.error('Still busy; what is unfinished is taken up again at the next start.'))
    Promise.race([app.close(), tooLong]).then(
      () => process.exit(0),
      (thrown: unknown) => {
        console.error(`Stopping failed: ${asError(thrown).stack}`)
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

const LISTEN_PROBLEMS: Record<string, (settings: Settings) => string> = {
  EADDRINUSE: ({ port, host }) => `Port ${port} of ${host} is in use: stop what listens there, or choose another one (PORT=0 takes any free one).`,
  EACCES: ({ port, host, dataDir }) =>
    `Not allowed to listen on port ${port} of ${host} or to write to ${resolve(dataDir)}: choose a port above 1023 (PORT) or another folder (SLUICE_DATA_DIR).`,
  EADDRNOTAVAIL: ({ host }) => `This machine does not have the address ${host}: set HOST to one it has, for example 127.0.0.1 or 0.0.0.0.`,
  ENOTFOUND: ({ host }) => `There is no host named ${host}: set HOST to an address of this machine, for example 127.0.0.1 or 0.0.0.0.`,
}

function explainStartFailure(error: Error, settings: Settings): Error {
  const code = 'code' in error ? String(error.code) : ''
  const explained = LISTEN_PROBLEMS[code]?.(settings)
  if (explained !== undefined) return new Error(explained, { cause: error })
  // Ours say what to change; of anything else the stack is the only clue.
  return error instanceof SluiceError ? error : new Error(`Sluice could not start: ${error.stack}`, { cause: error })
}

function firstStartLines(url: string, firstStart: NonNullable<RunningApp['firstStart']>, settings: Settings): string[] {
  const tokenFile = resolve(settings.dataDir, 'admin-token')
  const bearer = firstStart.adminToken === undefined ? '$SLUICE_ADMIN_TOKEN' : `$(cat '${tokenFile}')`
  const event = JSON.stringify({ userId: 'ada', event: 'Order Completed', properties: { email: ' Ada@Example.COM ', revenue: 250 } })
  return [
    ...(firstStart.adminToken === undefined ? [] : ['', `Admin token (kept in ${tokenFile}, shown only now): ${firstStart.adminToken}`]),
    '',
    'Send a first event to the demo workspace:',
    `  curl ${url}/v1/track -u ${firstStart.writeKey}: -H 'Content-Type: application/json' -d '${event}'`,
    'See what a function made of it on its way to the event catcher:',
    `  curl ${url}/api/catcher -H "Authorization: Bearer ${bearer}"`,
  ]
}
