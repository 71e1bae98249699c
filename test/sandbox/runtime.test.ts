/** The processes behind the functions: who shares one, what their end costs, and that none stays behind. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'
import { textAnswer, endings, openTestRuntime, track, type TestRuntime } from './run-function.ts'

const open: TestRuntime[] = []
async function openRuntime(given: Parameters<typeof openTestRuntime>[0] = {}): Promise<TestRuntime> {
  const runtime = await openTestRuntime({ ...given, limits: { functionWallMs: 1_500, functionCpuMs: 300, killGraceMs: 200, ...given.limits } })
  open.push(runtime)
  return runtime
}
afterEach(async () => {
  for (const runtime of open.splice(0)) await runtime.close()
})

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
const payloads = (count: number): string[] => Array.from({ length: count }, (_, index) => track(index))
const ECHO = 'function onTrack(event) { return event }'
const LOOP = 'function onTrack(event) { if (event.properties.loop) while (true) {}; return event }'

describe('a child', () => {
  test('never runs the functions of two workspaces', async () => {
    const runtime = await openRuntime()
    const pids: number[][] = []
    for (const workspaceId of ['ws_one', 'ws_two']) {
      const instance = await runtime.instance(ECHO, { workspaceId })
      expect(endings(await runtime.run({ instance, call: 'events', payloads: payloads(3) }))).toEqual(['ok', 'ok', 'ok'])
      pids.push(runtime.childPids())
    }
    // One that serves each workspace, and a spare one that has run nothing.
    expect(new Set(pids[1]).size).toBeGreaterThanOrEqual(2)
  })

  test('killed from outside under load costs no event', async () => {
    const runtime = await openRuntime()
    const instance = await runtime.instance('async function onTrack(event) { await new Promise((r) => setTimeout(r, 1)); return event }')
    const calls = Array.from({ length: 20 }, () => runtime.run({ instance, call: 'events', payloads: payloads(50) }))
    for (let kill = 0; kill < 3; kill++) {
      await new Promise((resolve) => setTimeout(resolve, 120))
      for (const pid of runtime.childPids()) process.kill(pid, 'SIGKILL')
    }
    const ends = (await Promise.all(calls)).flatMap(endings)
    expect(ends).toHaveLength(1_000)
    // An event that ran alone when its child was shot cannot be told from one that brought it down; it is run again later.
    expect(ends.filter((end) => end !== 'ok').length).toBeLessThanOrEqual(3)
    expect(new Set(ends.filter((end) => end !== 'ok'))).toEqual(new Set(ends.includes('retry/function_crashed/strike') ? ['retry/function_crashed/strike'] : []))
  })

  test('has no environment, no descriptor but its own, and is the first to go when memory runs out', async () => {
    process.env.SLUICE_TEST_CANARY = 'canary'
    const runtime = await openRuntime()
    for (const pid of runtime.childPids()) {
      expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain('canary')
      expect(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8').trim()).toBe('1000')
    }
  })

  test('does not outlive the runtime, even with its threads pinned', async () => {
    const runtime = await openRuntime()
    const instance = await runtime.instance('function onTrack() { return [].includes.call({ length: 2 ** 53 - 1 }, 5) }')
    const running = runtime.run({ instance, call: 'events', payloads: payloads(2) })
    await new Promise((resolve) => setTimeout(resolve, 300))
    const pids = runtime.childPids()
    await runtime.close()
    expect(pids.filter(isAlive)).toEqual([])
    expect(endings(await running)).toEqual(['retry/shutting_down', 'retry/shutting_down'])
    expect(endings(await runtime.run({ instance, call: 'events', payloads: payloads(1) }))).toEqual(['retry/shutting_down'])
  })

  test('ends by itself when its parent is gone', async () => {
    const script = `
      import { openFunctionRuntime } from ${JSON.stringify(new URL('../../src/isolate/process-pool.ts', import.meta.url).href)}
      import { systemClock } from ${JSON.stringify(new URL('../../src/base/clock.ts', import.meta.url).href)}
      import { silentLog } from ${JSON.stringify(new URL('../../src/base/log.ts', import.meta.url).href)}
      const runtime = await openFunctionRuntime({ fetch: () => Promise.reject(new Error('none')), clock: systemClock, log: silentLog, sandbox: 'standard' })
      process.stdout.write(runtime.childPids().join(' '), () => process.kill(process.pid, 'SIGKILL'))`
    let printed = ''
    try {
      execFileSync(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'ignore'], timeout: 20_000 })
    } catch (thrown) {
      printed = String((thrown as { stdout: Buffer }).stdout)
    }
    const pids = printed.split(' ').map(Number)
    expect(pids.length).toBeGreaterThan(0)
    await expect.poll(() => pids.filter(isAlive), { timeout: 5_000 }).toEqual([])
  })
})

describe('a function that keeps killing its process', () => {
  test('is paused with a reason, and runs again at once with new code', async () => {
    const runtime = await openRuntime({ limits: { quarantineKills: 3, quarantineMs: 60_000 } })
    const bad = await runtime.instance('function onTrack() { while (true) {} }', { functionId: 'fn_bad' })
    const results = await runtime.run({ instance: bad, call: 'events', payloads: payloads(8) })
    const ends = endings(results)
    expect(ends.filter((end) => end === 'retry/function_timeout/strike')).toHaveLength(3)
    expect(ends.filter((end) => end === 'retry/function_quarantined')).toHaveLength(5)
    expect(results.find((result) => result.outcome === 'retry' && result.code === 'function_quarantined')).toMatchObject({ error: { message: expect.stringContaining('new code') } })
    expect(endings(await runtime.run({ instance: bad, call: 'events', payloads: payloads(1) }))).toEqual(['retry/function_quarantined'])
    const mended = await runtime.instance(ECHO, { functionId: 'fn_bad' })
    expect(endings(await runtime.run({ instance: mended, call: 'events', payloads: payloads(1) }))).toEqual(['ok'])
  })

  test('is not paused while most of its events end well', async () => {
    const runtime = await openRuntime({ limits: { quarantineKills: 3 } })
    const instance = await runtime.instance(LOOP)
    const batch = payloads(100).map((text, index) => (index % 20 === 0 ? track(index, { loop: true }) : text))
    const ends = endings(await runtime.run({ instance, call: 'events', payloads: batch }))
    expect(ends.filter((end) => end === 'ok')).toHaveLength(95)
    expect(new Set(ends.filter((_, index) => index % 20 === 0))).toEqual(new Set(['retry/function_timeout/strike']))
  })
})

describe('the walls', () => {
  test('are named, and a wall that cannot be built stops the start', async () => {
    const runtime = await openRuntime({ require: 'permission' })
    expect(runtime.sandboxLevel()).toMatch(/^permission/)
    await expect(openTestRuntime({ require: 'moat' })).rejects.toThrow(/moat/)
  })

  test('hardened runs functions too, and caps what no limit of the isolate counts', async () => {
    const runtime = await openRuntime({ sandbox: 'hardened', limits: { functionCpuMs: 2_000, functionWallMs: 4_000 } })
    expect(runtime.sandboxLevel()).toMatch(/hardened$/)
    const instance = await runtime.instance(`async function onTrack(event) {
      if (!event.properties.bomb) return (await (await fetch('https://api.example.com/')).json())
      const kept = []
      for (;;) { const b = new ArrayBuffer(1, { maxByteLength: 2 ** 27 }); b.resize(2 ** 27); new Uint8Array(b).fill(1); kept.push(b) } }`)
    const ends = endings(await runtime.run({ instance, call: 'events', payloads: [track(0), track(1, { bomb: true }), track(2)] }))
    expect([ends[0], ends[2]]).toEqual(['ok', 'ok'])
    expect(ends[1]).not.toBe('ok')
    expect(textAnswer('').ok).toBe(true)
  })
})

test('calls above the limit are given back at once', async () => {
  const runtime = await openRuntime({ limits: { queuedCallsMax: 2 } })
  const instance = await runtime.instance('async function onTrack(event) { await new Promise((r) => setTimeout(r, 100)); return event }')
  const ends = await Promise.all(Array.from({ length: 4 }, () => runtime.run({ instance, call: 'events', payloads: payloads(1) }).then(endings)))
  expect(ends.flat()).toEqual(['ok', 'ok', 'retry/functions_overloaded', 'retry/functions_overloaded'])
})

test('more functions than warm isolates take turns', async () => {
  const runtime = await openRuntime({ limits: { warmIsolatesMax: 3, childrenPerWorkspaceMax: 1 } })
  const instances = await Promise.all(Array.from({ length: 10 }, () => runtime.instance(ECHO)))
  for (let round = 0; round < 3; round++) {
    const ends = await Promise.all(instances.map((instance) => runtime.run({ instance, call: 'events', payloads: payloads(5) })))
    expect(new Set(ends.flatMap(endings))).toEqual(new Set(['ok']))
  }
})
