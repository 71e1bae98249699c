/**
 * Sealing of sensitive settings at rest: AES-256-GCM, one random nonce a value, bound to its place (record and name), so that
 * a sealed text copied to another record does not open there. The key comes from SLUICE_SECRET_KEY, or is made on first start
 * and kept in the data folder, apart from the database that holds the sealed texts.
 */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { SluiceError } from '../base/errors.ts'
import { randomText } from '../base/ids.ts'
import { readFact, writeFact } from '../db/workspaces.ts'
import type { Db } from '../db/schema.ts'
import { readOrMakeSecret } from './own-file.ts'

const KEY_CHARS_MIN = 16
const NONCE_BYTES = 12
const TAG_BYTES = 16
const PREFIX = 'sealed1.'
const CHECK = 'secret-key-check'

export interface Sealer {
  /** `place` names where the text belongs; opening needs the same. */
  seal(text: string, place: string): string
  /** @throws SluiceError internal when the key is another one or the sealed text was changed or moved */
  open(sealed: string, place: string): string
}

/** @throws SluiceError invalid_request for a key that is too short, or not the one that the store was sealed with */
export async function openSealer(options: { db: Db, dataDir: string, secretKey?: string }): Promise<Sealer> {
  const given = options.secretKey === '' ? undefined : options.secretKey
  if (given !== undefined && given.length < KEY_CHARS_MIN) {
    throw new SluiceError('invalid_request', { message: `SLUICE_SECRET_KEY must have at least ${KEY_CHARS_MIN} characters.`, field: 'SLUICE_SECRET_KEY' })
  }
  const text = given ?? (await readOrMakeSecret(join(options.dataDir, 'secret-key'), () => randomText(43))).text
  const sealer = createSealer(await promisify(scrypt)(text, 'sluice settings', 32) as Buffer)
  await checkKey(options.db, sealer)
  return sealer
}

export function createSealer(key: Buffer): Sealer {
  return {
    seal(text, place) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(place))
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return PREFIX + Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')
    },
    open(sealed, place) {
      try {
        const bytes = Buffer.from(sealed.slice(PREFIX.length), 'base64url')
        const cipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES }).setAAD(Buffer.from(place))
        cipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
        return Buffer.concat([cipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), cipher.final()]).toString('utf8')
      } catch (thrown) {
        throw new SluiceError('internal', { message: `The sealed setting ${place} cannot be opened: it was changed, moved, or sealed with another key.`, cause: thrown })
      }
    },
  }
}

/** A wrong key is told at start, not at the first delivery that needs a setting. */
async function checkKey(db: Db, sealer: Sealer): Promise<void> {
  const check = await readFact(db, CHECK)
  if (check === undefined) return writeFact(db, CHECK, sealer.seal(CHECK, CHECK))
  try {
    sealer.open(check, CHECK)
  } catch (thrown) {
    throw new SluiceError('invalid_request', {
      message: 'The settings in the configuration store were sealed with another key. Set SLUICE_SECRET_KEY to the one used before, or put the old "secret-key" file back into the data folder.',
      field: 'SLUICE_SECRET_KEY',
      cause: thrown,
    })
  }
}
