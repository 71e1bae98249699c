// isolated-vm's timeout covers only the synchronous part of an entry; what runs after an awaited host call has none.
// Expected: function_timeout, a strike.
async function attack() {
  await fetch('https://api.example.com/')
  while (true) {}
}
