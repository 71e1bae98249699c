/** The Lua scripts, each with the shared files it needs put before it. */
import { readFileSync } from 'node:fs'

export type ScriptName =
  | 'append' | 'claim' | 'due-jobs' | 'depth' | 'find-delivered' | 'find-message' | 'hasten' | 'ledger' | 'list' | 'presence' | 'release' | 'revive' | 'settle' | 'take-jobs'

const SHARED: Record<ScriptName, readonly string[]> = {
  append: ['log-entries'],
  claim: [],
  'due-jobs': ['jobs'],
  depth: [],
  'find-delivered': [],
  'find-message': ['jobs'],
  hasten: [],
  ledger: [],
  list: ['jobs'],
  presence: [],
  release: ['jobs'],
  revive: ['jobs'],
  settle: ['log-entries', 'jobs'],
  'take-jobs': ['jobs'],
}

/** By the name it has as a command of the client; every script takes one key. */
export function readScripts(): Record<string, { lua: string, numberOfKeys: number }> {
  return Object.fromEntries(Object.entries(SHARED).map(([name, shared]) => {
    const lua = ['partition', ...shared, name].map((file) => readFileSync(new URL(`redis/${file}.lua`, import.meta.url), 'utf8')).join('\n')
    return [commandName(name as ScriptName), { lua, numberOfKeys: 1 }]
  }))
}

export function commandName(name: ScriptName): string {
  return `sluice:${name}`
}
