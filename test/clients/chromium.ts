/** Debian's Chromium, driven by playwright-core. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import type { Browser } from 'playwright-core'

const PROGRAM = '/usr/bin/chromium'

/** Without the network flags Chromium looks up hosts of its maker at every start. */
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
]

/** Installs it where it is missing and that is possible. */
export async function openChromium(): Promise<Browser> {
  if (!existsSync(PROGRAM)) install()
  return chromium.launch({ executablePath: PROGRAM, headless: true, args: FLAGS })
}

function install(): void {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) {
    throw new Error(`the browser tests need Chromium at ${PROGRAM}: on Debian, run "apt-get install chromium" as root`)
  }
  try {
    execFileSync('apt-get', ['update'], { stdio: 'ignore' })
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
  } catch (cause) {
    throw new Error(`the browser tests need Chromium at ${PROGRAM}, and "apt-get install chromium" did not work`, { cause })
  }
}
