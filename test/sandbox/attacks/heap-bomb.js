// Grows the heap as fast as it can. Expected: function_memory, a strike.
function attack() {
  const kept = []
  while (true) kept.push(new Array(1_000).fill({ some: 'object' }))
}
