/** The management API's token: given by the environment, or made on first start. */
import { join } from 'node:path'
import { randomText } from '../base/ids.ts'
import { readOrMakeSecret } from './own-file.ts'

export interface AdminToken {
  token: string
  /** True on the one start that made it: show it to the person now, it is not shown again. */
  created: boolean
  /** Where it is kept; absent when the environment gave it. */
  file?: string
}

export async function openAdminToken(options: { dataDir: string, token?: string }): Promise<AdminToken> {
  const { dataDir, token } = options
  if (token !== undefined && token !== '') return { token, created: false }
  const file = join(dataDir, 'admin-token')
  const { text, created } = await readOrMakeSecret(file, () => randomText(40))
  return { token: text, created, file }
}
