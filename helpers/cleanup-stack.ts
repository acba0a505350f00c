/** Undoes things in reverse order. Every entry runs, even when one before it fails. */
export class CleanupStack {
  readonly #entries: { readonly what: string; readonly undo: () => Promise<void> }[] = []

  push(what: string, undo: () => Promise<void>): void {
    this.#entries.push({ what, undo })
  }

  /** @throws AggregateError with the failures, each naming what could not be undone. */
  async run(): Promise<void> {
    const failures: Error[] = []
    for (let entry = this.#entries.pop(); entry !== undefined; entry = this.#entries.pop()) {
      try {
        await entry.undo()
      } catch (cause) {
        failures.push(new Error(`could not clean up ${entry.what}`, { cause }))
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, failures.map((failure) => failure.message).join('; '))
  }
}
