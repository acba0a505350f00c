import { setTimeout as delay } from 'node:timers/promises'
import type { V1EndpointSlice, V1Service } from '@kubernetes/client-node'
import { familyOf } from '../../../helpers/cidr.ts'
import { messageOf, PacketproofError } from '../../errors.ts'
import type { RunTool } from '../run-tool.ts'
import type { ServiceProxyFlags } from './flags.ts'
import { reconcileNode, setRouteLocalnet } from './node-rules.ts'
import { proxyOptionsOf } from './options.ts'
import { type ProxiedObjects, renderTables } from './render-tables.ts'
import type { IpFamily } from './service-port.ts'
import { deleteConnections, staleConnections, udpTranslations } from './stale-connections.ts'

type Log = (severity: 'info' | 'warning' | 'error', message: string) => void

/** What the agent hears of the cluster; a field is undefined until it has been listed. */
export interface ProxyNews {
  services?: readonly V1Service[]
  slices?: readonly V1EndpointSlice[]
  /** The InternalIPs of this node. */
  nodeAddresses?: readonly string[]
}

/**
 * Keeps the rules until the signal aborts: at once when something changes, and at each period. Nothing is touched before Services,
 * EndpointSlices and the node are known. The rules stay when the agent ends.
 */
export class ServiceProxyAgent {
  readonly #flags: ServiceProxyFlags
  readonly #run: RunTool
  readonly #log: Log
  readonly #news: ProxyNews = {}
  readonly #lastWords = new Map<IpFamily, string>()
  readonly #translations = new Map<IpFamily, ReturnType<typeof udpTranslations>>()
  #woken = new AbortController()
  #isDue = false

  constructor(flags: ServiceProxyFlags, run: RunTool, log: Log) {
    this.#flags = flags
    this.#run = run
    this.#log = log
  }

  take(news: ProxyNews): void {
    Object.assign(this.#news, news)
    this.#isDue = true
    this.#woken.abort()
  }

  async keep(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#woken.abort(), { once: true })
    while (!signal.aborted) {
      await this.#cycle()
      await this.#pause(signal)
    }
  }

  async #cycle(): Promise<void> {
    this.#isDue = false
    const { services, slices, nodeAddresses } = this.#news
    if (services === undefined || slices === undefined || nodeAddresses === undefined) return
    const families = ([4, 6] as const).filter((family) => nodeAddresses.some((address) => familyOf(address) === family))
    for (const family of families) await this.#program(family, { services, slices }, nodeAddresses)
  }

  async #pause(signal: AbortSignal): Promise<void> {
    if (this.#isDue || signal.aborted) return
    const woken = new AbortController()
    this.#woken = woken
    // It ends by being aborted as often as by itself.
    await delay(this.#flags.syncPeriodMs, undefined, { signal: woken.signal }).catch(() => undefined)
  }

  async #program(family: IpFamily, objects: ProxiedObjects, nodeAddresses: readonly string[]): Promise<void> {
    const nodeName = this.#flags.nodeName ?? ''
    try {
      const options = proxyOptionsOf(this.#flags, nodeName, nodeAddresses, family)
      const tables = renderTables(objects, family, options)
      if (family === 4 && options.localhostNodePorts) await setRouteLocalnet(this.#run, true)
      for (const payload of await reconcileNode(this.#run, family, tables)) {
        this.#log('info', `IPv${family}: applied ${payload.split('\n').length - 1} lines`)
      }
      await this.#forgetStale(family, objects, nodeName)
      this.#lastWords.delete(family)
    } catch (error) {
      const hint = error instanceof PacketproofError && error.hint !== undefined ? ` (${error.hint})` : ''
      this.#complain(family, `the rules were left as they are: ${messageOf(error)}${hint}`)
    }
  }

  async #forgetStale(family: IpFamily, objects: ProxiedObjects, nodeName: string): Promise<void> {
    const before = this.#translations.get(family)
    const after = udpTranslations(objects, family, nodeName)
    for (const match of before === undefined ? [] : staleConnections(before, after)) {
      await deleteConnections(this.#run, family, match)
    }
    this.#translations.set(family, after)
  }

  /** What is the same in every cycle is said once. */
  #complain(family: IpFamily, message: string): void {
    if (this.#lastWords.get(family) === message) return
    this.#lastWords.set(family, message)
    this.#log('error', `IPv${family}: ${message}`)
  }
}
