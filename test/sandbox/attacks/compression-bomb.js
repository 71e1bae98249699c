// A little that becomes a lot.
function attack() {
  let bomb = zlib.zlib.gzipSync(Buffer.alloc(16 * 1024 * 1024))
  const parts = []
  for (;;) parts.push(zlib.zlib.gunzipSync(bomb))
}
