import { messageOf, PacketproofError } from '../errors.ts'
import { styleFor } from './style.ts'

/** Prints an error for people on stderr: message, causes, hint; the stack only when asked for. */
export function printError(error: unknown, options: { readonly stack: boolean }): void {
  const style = styleFor(process.stderr, process.env)
  const lines = [`${style.red('error:')} ${messageOf(error)}`]
  for (const cause of causesOf(error)) lines.push(`${style.dim('cause:')} ${messageOf(cause)}`)
  const hint = hintOf(error)
  if (hint !== undefined) lines.push(`${style.yellow('hint:')} ${hint}`)
  if (options.stack && error instanceof Error && error.stack !== undefined) lines.push(style.dim(error.stack))
  process.stderr.write(`${lines.join('\n')}\n`)
}

/** The chain of causes, without those that only repeat the line above. */
function causesOf(error: unknown): readonly unknown[] {
  const causes: unknown[] = []
  let above = messageOf(error)
  let current: unknown = error
  while (current instanceof Error && causes.length < 8) {
    const below: readonly unknown[] = current instanceof AggregateError ? current.errors : []
    causes.push(...below)
    current = current.cause
    if (current === undefined) break
    if (!above.includes(messageOf(current))) causes.push(current)
    above = messageOf(current)
  }
  return causes
}

function hintOf(error: unknown): string | undefined {
  if (error instanceof PacketproofError) return error.hint
  return 'this is a fault of packetproof itself; with -v the stack is shown'
}
