import { closeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { openSocket } from '../../../helpers/linux/sockets.ts'
import { messageOf } from '../../errors.ts'
import { forgetFlows } from './forget-flows.ts'
import { ProbeBatch } from './probe-batch.ts'
import type { ProberAnswer, ProberRequest } from './protocol.ts'
import { SourcePorts } from './source-ports.ts'

const help = `Usage: packetproof agent prober

Sends probes from inside the network namespaces of the pods of the node that it runs on, without a process for each. It reads
requests as JSON lines from standard input, writes answers as JSON lines to standard output, and ends with its input.
`

/** `packetproof agent prober`. @returns the exit code. */
export async function proberCommand(argv: readonly string[]): Promise<number> {
  if (argv.length > 0) {
    const isHelp = argv.length === 1 && ['--help', '-h'].includes(argv[0] ?? '')
    ;(isHelp ? process.stdout : process.stderr).write(isHelp ? help : `error: the prober takes no arguments\n${help}`)
    return isHelp ? 0 : 2
  }
  const prober = new Prober((answer) => process.stdout.write(`${JSON.stringify(answer)}\n`))
  for await (const line of createInterface({ input: process.stdin })) await prober.handle(line)
  prober.close()
  return 0
}

class Prober {
  readonly #answer: (answer: ProberAnswer) => void
  readonly #batches = new Map<number, ProbeBatch>()
  readonly #ports = new SourcePorts()

  constructor(answer: (answer: ProberAnswer) => void) {
    this.#answer = answer
    const missing = missingSctp()
    answer({ type: 'ready', unavailable: missing === undefined ? {} : { sctp: missing } })
  }

  async handle(line: string): Promise<void> {
    let batch: number | undefined
    try {
      const request = JSON.parse(line) as ProberRequest
      batch = request.batch
      await this.#do(request)
    } catch (error) {
      this.#answer({ type: 'failed', message: messageOf(error), ...(batch !== undefined && { batch }) })
    }
  }

  close(): void {
    for (const batch of this.#batches.values()) batch.close()
  }

  async #do(request: ProberRequest): Promise<void> {
    const { batch } = request
    switch (request.type) {
      case 'probe':
        return this.#begin(request)
      case 'hold':
        return this.#answer({ type: 'held', batch, ...(this.#batches.get(batch)?.hold() ?? nothing) })
      case 'release':
        return this.#batches.get(batch)?.release()
      case 'conclude':
        return this.#batches.get(batch)?.conclude(request.ids, request.detail)
      case 'forget':
        await forgetFlows(request.places)
        return this.#answer({ type: 'forgotten', batch })
      default:
        throw new Error(`expected a request of a known type, found ${JSON.stringify(request)}`)
    }
  }

  #begin({ batch, probes, timing }: Extract<ProberRequest, { type: 'probe' }>): void {
    let left = probes.length
    const running = new ProbeBatch(probes, {
      timing,
      ports: this.#ports,
      onReports: (reports) => {
        left -= reports.length
        if (left === 0) this.#batches.delete(batch)
        this.#answer({ type: 'reports', batch, reports })
      },
    })
    if (left > 0) this.#batches.set(batch, running)
  }
}

const nothing = { silent: [], talking: 0, waiting: 0 } as const

/** Why this kernel cannot speak SCTP; undefined when it can. */
function missingSctp(): string | undefined {
  try {
    closeSync(openSocket('sctp', 4))
    return undefined
  } catch (error) {
    return `the kernel has no SCTP (${messageOf(error)})`
  }
}
