import { exitCodeOf, messageOf, PacketproofError } from '../../errors.ts'

/** What an agent of the sidecar says when it ends with an error, and its exit code. */
export function failureText(error: unknown): { readonly text: string; readonly exitCode: number } {
  const hint = error instanceof PacketproofError && error.hint !== undefined ? `\n  ${error.hint}` : ''
  return { text: `error: ${messageOf(error)}${hint}\n`, exitCode: exitCodeOf(error) }
}
