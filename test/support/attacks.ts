/** What a function can do to the process it runs in, each as the body of a statement, with what its event must be recorded as. */
export interface Attack {
  name: string
  /** Statements inside an async handler that has `event`; may return. */
  code: string
  /** Any of these is a right recorded reason. */
  codes: readonly string[]
  /** Harms nobody but itself, so it may be tried again for the whole retry window. */
  patient?: true
  /** Makes sense only where the result is looked at. */
  insertOnly?: true
}

export const ATTACKS: readonly Attack[] = [
  { name: 'endless loop', code: 'while (true) {}', codes: ['function_timeout'] },
  { name: 'loop after an awaited fetch', code: 'await fetch(event.properties.sink); while (true) {}', codes: ['function_timeout'] },
  { name: 'endless microtasks', code: 'while (true) await null', codes: ['function_timeout'] },
  { name: 'uninterruptible builtin', code: 'Array.prototype.includes.call({ length: 2 ** 53 - 1 }, 5)', codes: ['function_timeout'] },
  { name: 'engine abort', code: "'a'.repeat(2 ** 28).split('')", codes: ['function_crashed'] },
  { name: 'heap bomb', code: 'const kept = []; while (true) kept.push(new Array(100_000).fill(kept.length))', codes: ['function_memory'] },
  {
    name: 'array buffer bomb',
    code: `const kept = []
for (let i = 0; i < 64; i++) {
  const buffer = new ArrayBuffer(8, { maxByteLength: 2 ** 26 })
  buffer.resize(2 ** 26)
  new Uint8Array(buffer).fill(1)
  kept.push(buffer)
}
event.properties.kept = kept.length`,
    codes: ['function_memory'],
  },
  { name: '500 MB result', code: "event.properties.bulk = 'x'.repeat(500 * 1024 ** 2); return event", codes: ['function_output_too_large', 'function_memory'], insertOnly: true },
  { name: 'deep recursion', code: 'const deeper = () => deeper() + 1; deeper()', codes: ['bad_request'] },
  { name: 'promise that never settles', code: 'await new Promise(() => {})', codes: ['function_timeout'], patient: true },
  {
    name: 'thrown looping proxy',
    code: `const loop = () => { while (true) {} }
throw new Proxy({}, { get: loop, has: loop, getPrototypeOf: loop, ownKeys: loop, getOwnPropertyDescriptor: loop })`,
    codes: ['function_timeout'],
  },
  {
    name: 'throwing getter in the result',
    code: "return { ...event, get properties() { throw new Error('not for you') } }",
    codes: ['bad_request', 'function_output_invalid'],
    insertOnly: true,
  },
]

/** Behaves but for the event whose properties.attack names an attack; then it does that one. */
export function insertAttackFunction(attack: Attack): string {
  return `async function onTrack(event) {
  if (event.properties.attack === ${JSON.stringify(attack.name)}) { ${attack.code} }
  event.properties.seen = true
  return event
}`
}

/** The same as a destination function that posts what is harmless to the event's sink. */
export function destinationAttackFunction(attack: Attack): string {
  return `async function onTrack(event) {
  if (event.properties.attack === ${JSON.stringify(attack.name)}) { ${attack.code} }
  const response = await fetch(event.properties.sink, { method: 'POST', body: JSON.stringify(event) })
  if (!response.ok) throw new RetryError('the sink answered ' + response.status)
}`
}
