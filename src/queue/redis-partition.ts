/**
 * The log, the jobs and the counters are cut into partitions, each in one slot of a Redis Cluster. Everything of one source is in one
 * partition, by a hash of the source's id: so dedup is exact, a settlement of one source is one script call, and a source's ledger moves
 * in one step. The price: one source is at most as fast as one partition.
 */
import { crc32 } from 'node:zlib'

/** Ids are number * this + partition: whole numbers below 2^53 for the first 8 * 10^12 entries and jobs of a partition. */
export const PARTITIONS_MAX = 1_024

export function partitionOf(sourceId: string, partitions: number): number {
  return crc32(sourceId) % partitions
}

/** The only declared key of every script; the braces make its slot. */
export function partitionKey(partition: number): string {
  return `sluice:{p${partition}}`
}

export function bodyKey(partition: number, token: string): string {
  return `${partitionKey(partition)}:body:${token}`
}

export function idOf(number: number, partition: number): number {
  return number * PARTITIONS_MAX + partition
}

export function numberOf(id: number): { number: number, partition: number } {
  return { number: Math.floor(id / PARTITIONS_MAX), partition: id % PARTITIONS_MAX }
}

/** Numbers of jobs and records are padded, so that their order as text is their order. */
export function padded(number: number): string {
  return String(number).padStart(12, '0')
}
