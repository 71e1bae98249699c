// Rejections that nobody waits for would take the place of the whole frame's answer. Expected: the event passes.
function attack(event) {
  for (let i = 0; i < 50; i++) void Promise.reject(new Error('nobody waits for this'))
  void fetch('https://api.example.com/').then(() => { throw new Error('nor for this') })
  return event
}
