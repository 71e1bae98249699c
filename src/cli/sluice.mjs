#!/usr/bin/env node
// The `sluice` command. Plain JavaScript, so that an older Node says what is wrong instead of failing on the first .ts file.
const major = Number(process.versions.node.split('.')[0])
if (major < 26) {
  console.error(`Sluice runs on Node 26; this is ${process.version}. In the project's folder, "npm start" and "npx sluice" use the Node 26 that comes with it.`)
  process.exit(1)
}
await import('./cli.ts')
