export interface Style {
  readonly green: (text: string) => string
  readonly red: (text: string) => string
  readonly yellow: (text: string) => string
  readonly dim: (text: string) => string
  readonly bold: (text: string) => string
}

/**
 * Colours for a stream. FORCE_COLOR (other than 0) wins, then NO_COLOR (any text, see no-color.org), then whether it is a terminal.
 */
export function styleFor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): Style {
  const code = (open: number, close: number) => (text: string) => `\u001B[${open}m${text}\u001B[${close}m`
  const plain = (text: string) => text
  if (!isColoured(stream, env)) return { green: plain, red: plain, yellow: plain, dim: plain, bold: plain }
  return { green: code(32, 39), red: code(31, 39), yellow: code(33, 39), dim: code(2, 22), bold: code(1, 22) }
}

function isColoured(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '') return env.FORCE_COLOR !== '0'
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false
  return stream.isTTY === true && env.TERM !== 'dumb'
}
