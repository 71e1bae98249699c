/** Questions to the child that are waited for. What they take counts as this isolate's processor time. */
import { defineProperty, NativeError } from '../primordials.guest.ts'

type Question = ['library', name: string] | ['random', count: number] | ['key', operation: string, ...parts: unknown[]]
type Answer = ['ok', unknown] | ['failed', code: string, message: string]

let ask: (question: Question) => Answer

export function setHost(given: (question: Question) => Answer): void {
  ask = given
}

/** Throws what the child refuses, with Node's own code where there is one. */
export function askHost(question: Question): unknown {
  const answer = ask(question)
  if (answer[0] === 'ok') return answer[1]
  const error = new NativeError(answer[2])
  defineProperty(error, 'code', { value: answer[1], writable: true, configurable: true, enumerable: true })
  throw error
}
