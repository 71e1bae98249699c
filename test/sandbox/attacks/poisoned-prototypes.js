// Replaces what a careless bootstrap would use after it, and steals what passes by. Expected: the event passes, and so do all others.
function attack(event) {
  JSON.stringify = () => '"stolen"'
  JSON.parse = () => ({})
  Promise.prototype.then = () => { throw new Error('stolen') }
  Promise = class {}
  Array.prototype[Symbol.iterator] = () => { throw new Error('stolen') }
  Array.prototype.push = () => { throw new Error('stolen') }
  Object.defineProperty(Array.prototype, '0', { set() { throw new Error('stolen') }, configurable: true })
  Object.prototype.toJSON = () => 'stolen'
  Function.prototype.call = Function.prototype.apply = () => { throw new Error('stolen') }
  Map.prototype.get = Map.prototype.set = () => { throw new Error('stolen') }
  String.prototype.slice = () => { throw new Error('stolen') }
  Reflect.apply = () => { throw new Error('stolen') }
  Error.prepareStackTrace = () => { throw new Error('stolen') }
  delete Object.prototype.toJSON
  return event
}
