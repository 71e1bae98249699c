// Waits for ever and uses no processor: no timer of isolated-vm fires. Expected: function_timeout without a strike.
function attack() {
  return new Promise(() => {})
}
