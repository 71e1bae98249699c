// Whoever looks at the thrown value loops for ever in its traps. Expected: function_timeout, a strike.
function attack() {
  const loop = () => {
    while (true) {}
  }
  throw new Proxy({}, { get: loop, has: loop, getPrototypeOf: loop, ownKeys: loop, getOwnPropertyDescriptor: loop })
}
