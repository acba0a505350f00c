import { invalidInput } from '../../../errors.ts'
import { InterfaceRemover } from './interface-remover.ts'
import { LOOPBACK_HOSTS, type MachineHandle, requireMachine } from './machines.ts'
import type { NetworkPlan } from './plan.ts'
import { PodAddresses, releasePodAddresses, takePodAddresses } from './pod-addresses.ts'
import { createPodNetworks, hostInterfaceOf, type PodNetwork, type PodNetworkSpec } from './pod-network.ts'
import type { RootLayout } from './root-file-system.ts'
import { makeSandbox, type SandboxHandle } from './sandboxes.ts'
import type { Fabric, SandboxSpec } from './types.ts'

/** Folders on the cluster server's own tmpfs. */
export const STATE = { volumes: '/run/packetproof/volumes', roots: '/run/packetproof/roots' } as const

interface PendingSandbox {
  readonly spec: SandboxSpec
  readonly resolve: (sandbox: SandboxHandle) => void
  readonly reject: (error: unknown) => void
}

/** The fabric over its machines: makes and removes sandboxes. */
export class NetnsFabric implements Fabric {
  readonly nodes: ReadonlyMap<string, MachineHandle & { readonly podCidrs: readonly string[] }>
  readonly machines: ReadonlyMap<string, MachineHandle>
  readonly statePath = STATE.volumes
  readonly #layout: RootLayout
  readonly #hasIpv6: boolean
  readonly #pools: ReadonlyMap<string, readonly PodAddresses[]>
  /** Sandboxes that are being taken away, by the place of their interface. */
  readonly #removals = new Map<string, Promise<void>>()
  readonly #sandboxes = new Map<string, SandboxHandle | 'being made'>()
  readonly #remover = new InterfaceRemover()
  #pending: PendingSandbox[] = []

  constructor(plan: NetworkPlan, machines: ReadonlyMap<string, MachineHandle>, layout: RootLayout, hasIpv6: boolean) {
    this.machines = machines
    this.#layout = layout
    this.#hasIpv6 = hasIpv6
    this.nodes = new Map(
      plan.nodes.map((node) => [
        node.name,
        { ...requireMachine(machines, node.name), podCidrs: node.podCidrs.map((cidr) => cidr.text) },
      ]),
    )
    this.#pools = new Map(plan.nodes.map((node) => [node.name, node.podCidrs.map((cidr) => new PodAddresses(cidr))]))
  }

  async createSandbox(spec: SandboxSpec): Promise<SandboxHandle> {
    if (this.#sandboxes.has(spec.id)) throw invalidInput(`the sandbox "${spec.id}" exists already`)
    this.#sandboxes.set(spec.id, 'being made')
    // A pod of the same name may still be on its way out: its interface has the same name.
    await this.#removals.get(placeOf(spec.nodeName, hostInterfaceOf(spec.podName)))?.catch(() => undefined)
    if (this.#pending.length === 0) setImmediate(() => this.#makePending())
    return await new Promise<SandboxHandle>((resolve, reject) => {
      this.#pending.push({ spec, resolve, reject })
    })
  }

  /** A sandbox that is complete. */
  sandbox(id: string): SandboxHandle | undefined {
    const sandbox = this.#sandboxes.get(id)
    return sandbox === 'being made' ? undefined : sandbox
  }

  async removeSandbox(id: string): Promise<void> {
    const sandbox = this.#sandboxes.get(id)
    if (sandbox === undefined || sandbox === 'being made') return
    const { hostInterface, nodeName, addresses } = sandbox
    const removal = sandbox.remove()
    const place = placeOf(nodeName, hostInterface ?? id)
    this.#removals.set(place, removal)
    await removal.finally(() => this.#removals.delete(place))
    this.#sandboxes.delete(id)
    if (hostInterface !== undefined) releasePodAddresses(this.#pools.get(nodeName) ?? [], addresses)
  }

  #makePending(): void {
    const pending = this.#pending
    this.#pending = []
    const planned = pending.flatMap((one) => {
      try {
        return [{ ...one, network: this.#planSandbox(one.spec) }]
      } catch (error) {
        this.#giveUp(one, error)
        return []
      }
    })
    try {
      const networks = createPodNetworks(planned.flatMap(({ network }) => (network === undefined ? [] : [network])))
      for (const one of planned) {
        const sandbox = this.#finish(
          one.spec,
          networks.find((network) => network.id === one.spec.id),
        )
        this.#sandboxes.set(one.spec.id, sandbox)
        one.resolve(sandbox)
      }
    } catch (error) {
      for (const one of planned) {
        releasePodAddresses(this.#pools.get(one.spec.nodeName) ?? [], one.network?.addresses ?? [])
        this.#giveUp(one, error)
      }
    }
  }

  #giveUp(one: PendingSandbox, error: unknown): void {
    this.#sandboxes.delete(one.spec.id)
    one.reject(error)
  }

  #nodeOf(spec: SandboxSpec): MachineHandle {
    const node = this.nodes.get(spec.nodeName)
    if (node === undefined) throw invalidInput(`there is no node "${spec.nodeName}"`)
    return node
  }

  #planSandbox(spec: SandboxSpec): PodNetworkSpec | undefined {
    const node = this.#nodeOf(spec)
    if (spec.hostNetwork) return undefined
    const hostInterface = hostInterfaceOf(spec.podName)
    const isTaken = [...this.#sandboxes.values()].some(
      (other) => other !== 'being made' && other.nodeName === node.name && other.hostInterface === hostInterface,
    )
    if (isTaken) throw new Error(`the interface ${hostInterface} of another ${spec.podName} is still on ${node.name}`)
    return {
      id: spec.id,
      node,
      hostInterface,
      hostname: spec.hostname,
      addresses: takePodAddresses(this.#pools.get(spec.nodeName) ?? [], spec.addresses),
      hasIpv6: this.#hasIpv6,
    }
  }

  #finish(spec: SandboxSpec, network: PodNetwork | undefined): SandboxHandle {
    const own = (network?.addresses ?? []).map((address) => `${address}\t${spec.hostname}\n`)
    return makeSandbox({
      id: spec.id,
      hostname: spec.hostname,
      node: this.#nodeOf(spec),
      layout: this.#layout,
      etcHosts: `${LOOPBACK_HOSTS}${own.join('')}`,
      network,
      removeInterface: (node, name) => this.#remover.remove(node, name),
    })
  }
}

function placeOf(nodeName: string, hostInterface: string): string {
  return `${nodeName} ${hostInterface}`
}
