// Microtasks run inside the entry, so this never returns to the host although it never blocks. Expected: function_timeout, a strike.
async function attack() {
  while (true) await null
}
