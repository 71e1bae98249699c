/** The command line: one line per command. Exit statuses: 0 done, 1 it did not work, 2 the command was written wrongly. */
import { Command, CommanderError } from 'commander'
import { asError } from '../base/errors.ts'
import { VERSION } from '../base/version.ts'
import { pushCommand } from './commands/push.ts'
import { sendCommand } from './commands/send.ts'
import { serveCommand } from './commands/serve.ts'

const program = new Command('sluice')
  .description('Self-hosted customer-data router.')
  .version(VERSION)
  .addCommand(serveCommand())
  .addCommand(pushCommand())
  .addCommand(sendCommand())
  .addHelpText('after', '\nExit status: 0 done, 1 it did not work (the reason is on standard error), 2 the command was written wrongly.')

for (const command of [program, ...program.commands]) command.exitOverride().showHelpAfterError('(add --help for the options)')

try {
  await program.parseAsync()
} catch (thrown) {
  if (!(thrown instanceof CommanderError)) console.error(asError(thrown).message)
  // At once: nothing that a failed start has left open may hold the message back from whoever waits for the exit.
  process.exit(thrown instanceof CommanderError ? (thrown.exitCode === 0 ? 0 : 2) : 1)
}
