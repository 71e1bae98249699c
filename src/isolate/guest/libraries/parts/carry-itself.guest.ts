/**
 * Segment's documentation has authors write `uuidv5 = uuidv5.uuidv5`. In a warm isolate that line runs again and again, so what is exposed
 * under a name also carries itself under that name.
 */
export function carryItself<Value extends object>(name: string, value: Value): Value {
  Object.defineProperty(value, name, { value, writable: true, configurable: true, enumerable: false })
  return value
}
