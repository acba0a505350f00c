/** Something the set-up step cannot do. `hint` says what the reader can do, `output` is what the failed tool said. */
export class SetupError extends Error {
  /**
   * @param {string} message
   * @param {{ hint?: string, output?: string }} [details]
   */
  constructor(message, details = {}) {
    super(message)
    this.name = 'SetupError'
    this.hint = details.hint
    this.output = details.output
  }
}
