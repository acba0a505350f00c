import { spawn } from 'node:child_process'
import { goQuote } from '../../../helpers/go-quote.ts'
import { type IpFamily, jumpArguments } from './rules.ts'

export interface IptablesVersion {
  readonly hasWait: boolean
  readonly hasRestoreWait: boolean
  readonly hasRandomFully: boolean
}

/**
 * The iptables commands of one family, run by argument vector, with the error texts of the Go library that
 * ip-masq-agent uses.
 */
export class IptablesRunner {
  private readonly family: IpFamily
  private known: IptablesVersion | undefined

  constructor(family: IpFamily) {
    this.family = family
  }

  /** Asked once; again when it could not be found out, so that a tool that comes late is used as it should be. */
  async version(onFailure: (reason: string) => void, signal: AbortSignal): Promise<IptablesVersion> {
    if (this.known !== undefined) return this.known
    const result = await run([this.command(), '--version'], signal)
    const text = /v([0-9]+(?:\.[0-9]+)+)/.exec(result.output)?.[1]
    if (text !== undefined) {
      this.known = featuresOf(text)
      return this.known
    }
    onFailure(result.failure ?? `no iptables version found in string: ${result.output}`)
    return featuresOf('1.4.11')
  }

  /** Creates the chain; exit status 1 means that it exists. @throws Error */
  async ensureChain(chain: string, version: IptablesVersion, signal: AbortSignal): Promise<void> {
    const result = await run(this.argv(version, '-N', chain, '-t', 'nat'), signal)
    if (result.failure === undefined || result.exitCode === 1) return
    throw new Error(`error creating chain ${goQuote(chain)}: ${result.failure}: ${result.output}`)
  }

  /** Appends the jump from POSTROUTING when `-C` does not find it. @throws Error */
  async ensureJump(chain: string, version: IptablesVersion, signal: AbortSignal): Promise<void> {
    const rule = ['POSTROUTING', '-t', 'nat', ...jumpArguments(chain)]
    const check = await run(this.argv(version, '-C', ...rule), signal)
    if (check.failure === undefined) return
    let detail = `error checking rule: ${check.failure}: ${check.output}`
    if (check.exitCode === 1) {
      const append = await run(this.argv(version, '-A', ...rule), signal)
      if (append.failure === undefined) return
      detail = `error appending rule: ${append.failure}: ${append.output}`
    }
    const suffix = this.family === 6 ? ' for ipv6' : ''
    throw new Error(`failed to ensure that nat chain ${chain} jumps to MASQUERADE: ${detail}${suffix}`)
  }

  /** One transaction that leaves other chains alone. @throws Error */
  async restore(payload: string, version: IptablesVersion, signal: AbortSignal): Promise<void> {
    const wait = version.hasRestoreWait ? ['-w', '5'] : []
    const result = await run([`${this.command()}-restore`, ...wait, '--noflush'], signal, payload)
    if (result.failure !== undefined) throw new Error(`${result.failure}: ${result.output}`)
  }

  private argv(version: IptablesVersion, ...rest: readonly string[]): readonly string[] {
    return [this.command(), ...(version.hasWait ? ['-w', '5'] : []), ...rest]
  }

  private command(): string {
    return this.family === 4 ? 'iptables' : 'ip6tables'
  }
}

/** Which options a version has: `-w 5` since 1.4.22; `iptables-restore -w` and `--random-fully` since 1.6.2. */
export function featuresOf(version: string): IptablesVersion {
  const since162 = compareVersions(version, '1.6.2') >= 0
  return { hasWait: compareVersions(version, '1.4.22') >= 0, hasRestoreWait: since162, hasRandomFully: since162 }
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number))
  for (let index = 0; index < 4; index++) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

interface CommandResult {
  readonly exitCode: number | null
  /** As Go's os/exec words it; `undefined` when the exit status was zero. */
  readonly failure: string | undefined
  /** stdout and stderr together. */
  readonly output: string
}

async function run(argv: readonly string[], signal: AbortSignal, stdin = ''): Promise<CommandResult> {
  signal.throwIfAborted()
  const [program = '', ...args] = argv
  return await new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], signal })
    let output = ''
    const collect = (chunk: string): void => {
      output += chunk
    }
    child.stdout.setEncoding('utf8').on('data', collect)
    child.stderr.setEncoding('utf8').on('data', collect)
    child.on('error', (error: NodeJS.ErrnoException) => {
      const failure = error.code === 'ENOENT' ? 'executable file not found in $PATH' : error.message
      resolve({ exitCode: null, failure: `exec: ${goQuote(program)}: ${failure}`, output })
    })
    child.on('close', (exitCode, signalName) => {
      const failure =
        exitCode === 0 ? undefined : exitCode === null ? `signal: ${signalName}` : `exit status ${exitCode}`
      resolve({ exitCode, failure, output })
    })
    // A program that ends before it has read its input is reported by its exit status.
    child.stdin.on('error', () => undefined)
    child.stdin.end(stdin)
  })
}
