/**
 * What an isolate may ask its child and waits for, beside the host calls that it does not wait for: the text of a library, randomness, and
 * the cryptography of keys, which needs OpenSSL. Never throws; nothing in a question is trusted.
 */
import { randomBytes } from 'node:crypto'
import { answerKeyQuestion, type Answer } from './key-answers.ts'
import type { LibraryShelf } from './library-shelf.ts'
import type { ChildLimits } from './protocol.ts'

const RANDOM_BYTES_MAX = 65_536

/**
 * - ['library', name] gives its script.
 * - ['random', count] gives bytes of the system's generator.
 * - ['key', operation, ...], see `key-answers.ts`.
 */
export function answerQuestion(question: unknown, options: { libraries: LibraryShelf, limits: ChildLimits }): Answer {
  try {
    if (!Array.isArray(question)) return ['failed', 'ERR_INVALID_ARG_TYPE', 'a question is a list']
    const [kind, first] = question as unknown[]
    const script = kind === 'library' && typeof first === 'string' ? options.libraries.script(first) : undefined
    if (script !== undefined) return ['ok', script.text]
    if (kind === 'random' && typeof first === 'number' && first > 0 && first <= RANDOM_BYTES_MAX) return ['ok', new Uint8Array(randomBytes(first))]
    if (kind === 'key') return answerKeyQuestion(question.slice(1), options.limits)
    return ['failed', 'ERR_INVALID_ARG_VALUE', 'there is no such question']
  } catch (thrown) {
    const { code, message } = thrown as { code?: unknown, message?: unknown }
    return ['failed', typeof code === 'string' ? code : 'ERR_CRYPTO_INVALID_STATE', String(message).slice(0, 200)]
  }
}
