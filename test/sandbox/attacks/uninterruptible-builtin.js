// V8 does not look for interrupts inside this builtin: neither timeout nor dispose() stops the thread.
// Expected: function_timeout, a strike; the child is killed.
function attack() {
  return Array.prototype.includes.call({ length: 2 ** 53 - 1 }, 5)
}
