// Resizable buffers are not counted by the isolate's limit; only the watch on the process sees them. Expected: function_memory, a strike.
async function attack() {
  const kept = []
  for (let i = 0; i < 64; i++) {
    const buffer = new ArrayBuffer(1, { maxByteLength: 2 ** 27 })
    buffer.resize(2 ** 27)
    new Uint8Array(buffer).fill(1)
    kept.push(buffer)
  }
  await new Promise(() => {})
}
