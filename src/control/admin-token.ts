/** The management API's token: given by the environment, or made on first start. */
import { join } from 'node:path'
import { SluiceError } from '../base/errors.ts'
import { randomText } from '../base/ids.ts'
import { readOrMakeSecret } from './own-file.ts'

const TOKEN_CHARS_MIN = 16

export interface AdminToken {
  token: string
  /** True on the one start that made it: show it to the person now, it is not shown again. */
  created: boolean
  /** Where it is kept; absent when the environment gave it. */
  file?: string
}

/** @throws SluiceError invalid_request for a token that is too short to keep anybody out */
export async function openAdminToken(options: { dataDir: string, token?: string }): Promise<AdminToken> {
  const { dataDir, token } = options
  if (token !== undefined && token !== '') {
    if (token.length < TOKEN_CHARS_MIN) throw new SluiceError('invalid_request', { message: `SLUICE_ADMIN_TOKEN must have at least ${TOKEN_CHARS_MIN} characters.`, field: 'SLUICE_ADMIN_TOKEN' })
    return { token, created: false }
  }
  const file = join(dataDir, 'admin-token')
  const { text, created } = await readOrMakeSecret(file, () => randomText(40))
  return { token: text, created, file }
}
