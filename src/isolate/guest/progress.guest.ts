/**
 * Two numbers in memory shared with the child, which watches them: how many events have begun, and which one runs.
 * A write costs nothing, while a message per event would cost more than most handlers.
 */
/** The index of a call that has all events of the frame at once. */
export const WHOLE_FRAME = -2

let shared = new Int32Array(2)

export const progress = {
  use(memory: Int32Array<ArrayBuffer>): void {
    shared = memory
  },
  began(index: number): void {
    shared[1] = index
    shared[0]!++
  },
  beganAll(): void {
    shared[1] = WHOLE_FRAME
    shared[0]!++
  },
  /** No event runs now. */
  idle(): void {
    shared[1] = -1
    shared[0]!++
  },
}
