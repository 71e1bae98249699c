// An endless loop never gives the processor back. Expected: function_timeout, a strike.
function attack() {
  while (true) {}
}
