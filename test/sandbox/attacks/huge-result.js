// A result of 500 MB, which would be copied several times on its way out. Expected: an end of its own, never a result.
function attack(event) {
  event.properties.huge = 'a'.repeat(500 * 1024 * 1024)
  return event
}
