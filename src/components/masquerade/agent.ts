import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { goQuote } from '../../../helpers/go-quote.ts'
import { messageOf } from '../../errors.ts'
import { defaultMasqConfig, type MasqConfig, parseMasqConfig, printMasqConfig } from './config.ts'
import type { MasqueradeFlags } from './flags.ts'
import { IptablesRunner } from './iptables-runner.ts'
import type { Log } from './klog.ts'
import { type IpFamily, renderMasqueradeRules } from './rules.ts'

export type AgentOptions = Pick<
  MasqueradeFlags,
  'chain' | 'configPath' | 'enableIpv6' | 'noMasqAllReservedRanges' | 'randomFully' | 'toPorts' | 'verbosity'
>

/** Node's timers hold 31 bits of milliseconds; a longer one would fire at once. */
const longestTimerMs = 2 ** 31 - 1

/**
 * Runs ip-masq-agent's cycle until the signal aborts: read the configuration, ensure chain and jump, write the rules in one
 * transaction, the same for IPv6, sleep for the interval just loaded. An error ends its cycle only: it is logged, the last
 * good configuration stays, and nothing is written while the file is bad. The rules stay when the agent ends.
 */
export async function runMasqueradeAgent(
  options: AgentOptions,
  context: { log: Log; signal: AbortSignal },
): Promise<void> {
  const { signal, log } = context
  const agent = new MasqueradeAgent(options, log, signal)
  while (!signal.aborted) {
    await agent.cycle()
    await sleep(agent.intervalMs, signal)
  }
}

class MasqueradeAgent {
  private config: MasqConfig
  private readonly options: AgentOptions
  private readonly log: Log
  private readonly signal: AbortSignal
  private readonly runners = { 4: new IptablesRunner(4), 6: new IptablesRunner(6) }

  constructor(options: AgentOptions, log: Log, signal: AbortSignal) {
    this.options = options
    this.log = log
    this.signal = signal
    this.config = defaultMasqConfig(options)
  }

  get intervalMs(): number {
    return Math.max(1, Number(this.config.resyncIntervalNs / 1_000_000n))
  }

  async cycle(): Promise<void> {
    const done =
      (await this.attempt('Error syncing configuration', () => this.syncConfig())) &&
      (await this.attempt('Error syncing masquerade rules', () => this.syncRules(4)))
    if (!done) return
    if (this.options.enableIpv6) await this.attempt('Error syncing masquerade rules for ipv6', () => this.syncRules(6))
    else this.verbose('IPv6 masquerading rules: not enabled')
  }

  private async attempt(failure: string, step: () => Promise<void>): Promise<boolean> {
    if (this.signal.aborted) return false
    try {
      await step()
      return true
    } catch (error) {
      if (!this.signal.aborted) this.log('E', `${failure}: ${messageOf(error).trimEnd()}`)
      return false
    }
  }

  private async syncConfig(): Promise<void> {
    const { configPath } = this.options
    const text = await readConfigFile(configPath)
    if (text === undefined) {
      this.config = defaultMasqConfig(this.options)
      this.verbose(`No config file found at ${goQuote(configPath)}, using default values`)
    } else {
      this.verbose(`Config file found at ${goQuote(configPath)}`)
      this.config = await parseMasqConfig(text, this.options)
    }
    this.verbose(`Using config: ${printMasqConfig(this.config)}`)
  }

  private async syncRules(family: IpFamily): Promise<void> {
    const { chain, toPorts, randomFully } = this.options
    const runner = this.runners[family]
    const version = await runner.version((reason) => {
      this.log('W', `Error checking iptables version, assuming version at least 1.4.11: ${reason}`)
    }, this.signal)
    await runner.ensureChain(chain, version, this.signal)
    await runner.ensureJump(chain, version, this.signal)
    const payload = renderMasqueradeRules(family, this.config, {
      chain,
      toPorts,
      randomFully: randomFully && version.hasRandomFully,
    })
    this.verbose(`IPv${family} masquerading rules: ${goQuote(payload)}`)
    await runner.restore(payload, version, this.signal)
  }

  private verbose(message: string): void {
    if (this.options.verbosity >= 2) this.log('I', message)
  }
}

/** @returns undefined when there is no such file. @throws Error worded as Go's os package does. */
async function readConfigFile(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    if (code === 'EISDIR') throw new Error(`read ${path}: is a directory`, { cause: error })
    if (code === 'EACCES') throw new Error(`open ${path}: permission denied`, { cause: error })
    throw error
  }
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  try {
    for (let left = ms; left > 0; left -= longestTimerMs) {
      await delay(Math.min(left, longestTimerMs), undefined, { signal })
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
