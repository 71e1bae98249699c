// The result cannot be written as JSON. Expected: function_output_invalid.
function attack(event) {
  Object.defineProperty(event.properties, 'trap', {
    enumerable: true,
    get() {
      throw new Error('not for you')
    },
  })
  return event
}
