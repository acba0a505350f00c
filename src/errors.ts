/** Permanent error codes. A code is never reused for another meaning. */
export type ErrorCode =
  | 'E_USAGE'
  | 'E_INVALID_INPUT'
  | 'E_ENVIRONMENT'
  | 'E_TOOL_MISSING'
  | 'E_NO_PRIVILEGE'
  | 'E_TIMEOUT'
  | 'E_INTERRUPTED'
  | 'E_EXEC_FAILED'
  | 'E_CLUSTER'
  | 'E_API'
  | 'E_CAPTURE'
  | 'E_PCAP'
  | 'E_RULESET'
  | 'E_FAULT'
  | 'E_INTERNAL'

export interface PacketproofErrorOptions {
  /** What the reader can do about it. */
  readonly hint?: string
  readonly cause?: unknown
}

/**
 * The one error base: a permanent code, a message that says what happened and why, a hint that says what to do,
 * and the cause when another error led here.
 */
export class PacketproofError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined

  constructor(code: ErrorCode, message: string, options: PacketproofErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'PacketproofError'
    this.code = code
    this.hint = options.hint
  }
}

/** The input is wrong; the message names the input, the place in it, and what was expected. */
export function invalidInput(message: string, options: PacketproofErrorOptions = {}): PacketproofError {
  return new PacketproofError('E_INVALID_INPUT', message, options)
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Exit codes of the CLI: 1 a claim failed, 2 bad usage or input, 3 the environment is not usable, 130 interrupted. */
export function exitCodeOf(error: unknown): 1 | 2 | 3 | 130 {
  if (!(error instanceof PacketproofError)) return 1
  switch (error.code) {
    case 'E_USAGE':
    case 'E_INVALID_INPUT':
    case 'E_PCAP':
    case 'E_RULESET':
      return 2
    case 'E_ENVIRONMENT':
    case 'E_TOOL_MISSING':
    case 'E_NO_PRIVILEGE':
      return 3
    case 'E_INTERRUPTED':
      return 130
    default:
      return 1
  }
}

/** A deadline passed, as opposed to everything else that can go wrong. */
export function isTimeout(error: unknown): boolean {
  return error instanceof PacketproofError && error.code === 'E_TIMEOUT'
}

/** The user, or whoever holds the signal, wants no more of it. */
export function isInterrupted(error: unknown): boolean {
  return error instanceof PacketproofError && error.code === 'E_INTERRUPTED'
}
