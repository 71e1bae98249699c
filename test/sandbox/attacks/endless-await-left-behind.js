// The handler returns at once, and what it left behind starves everything after it. Expected: function_timeout, a strike.
function attack(event) {
  void (async () => {
    while (true) await null
  })()
  return event
}
