import { startFloor, startWorkerd, startBareRoute } from '/work/main/test/bench/contestant.ts'
import { startCountingSink } from '/work/main/test/bench/counting-sink.ts'
import { stampedRequests } from '/work/main/test/bench/stamped-requests.ts'
import { batchRequests } from '/work/main/test/bench/end-to-end.ts'
import { runLoad, percentile } from '/work/main/test/support/load-client.ts'
await using bare = await startBareRoute()
await using sink = await startCountingSink()
for (const target of [bare, sink]) {
  const reqs = batchRequests(target.url, {})
  for (let i = 0; i < 2; i++) {
    const end = performance.now() + 1500
    const f = await runLoad({ url: target.url, connections: 32, next: (c) => performance.now() < end ? reqs.next(c) : undefined })
    console.log(target.url, f.statuses, f.lost, Math.round(f.answers * 20 / f.seconds), 'ev/s p99', percentile(f.latenciesMs, 0.99), f.answers*20)
  }
}
console.log(await sink.count())
