// Un-awaited host calls and log lines without end. Expected: the event passes; what is above the limits was refused inside.
function attack(event) {
  for (let i = 0; i < 2_000; i++) void fetch('https://api.example.com/').catch(() => {})
  for (let i = 0; i < 2_000; i++) console.log('a line that nobody needs', i)
  return event
}
