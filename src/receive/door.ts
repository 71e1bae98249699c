import { SluiceError } from '../base/errors.ts'

/** Shut when fastify begins to close: what comes then on open connections may find the queue gone. */
export class Door {
  #open = true

  close(): void {
    this.#open = false
  }

  /** @throws SluiceError shutting_down */
  pass(): void {
    if (!this.#open) throw new SluiceError('shutting_down')
  }
}
