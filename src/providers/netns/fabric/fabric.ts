import { mkdirSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { enterFabricThread } from '../../../../helpers/linux/namespaces.ts'
import { MS, mount } from '../../../../helpers/linux/system-calls.ts'
import type { ClusterProfile } from '../../../cluster/profile.ts'
import { createMachine, LOOPBACK_HOSTS, type MachineHandle, requireMachine } from './machines.ts'
import { NetnsFabric, STATE } from './netns-fabric.ts'
import { connectMachines } from './network.ts'
import { type NetworkPlan, planNetwork } from './plan.ts'
import { chooseRootLayout, type RootLayout } from './root-file-system.ts'
import { writeCommonSysctls, writeForwardingSysctls } from './sysctl.ts'
import type { Machine } from './types.ts'

export interface FabricOptions {
  /** Folders that every root must show even when they are below /tmp or /run: this program's, and Node.js's. */
  readonly keptPaths: readonly string[]
}

/**
 * Makes the machines of a profile and connects them. Call once, in the main thread of a process that is alone in fresh
 * network, mount, PID, UTS and IPC namespaces: everything made here goes away with them.
 */
export async function createFabric(profile: ClusterProfile, options: FabricOptions): Promise<NetnsFabric> {
  const plan = planNetwork(profile)
  const layout = prepareState(options.keptPaths)
  // Starts libuv's threads: made later, they would share this thread's root, and setns(2) to a mount namespace be refused.
  await stat('/')
  enterFabricThread()
  const hasIpv6 = [...plan.nodeSubnets, ...plan.nodes.flatMap((node) => node.podCidrs)].some((c) => c.family === 6)
  const machines = createMachines(plan, layout, hasIpv6)
  const router = requireMachine(machines, 'router')
  connectMachines(plan, machines, router)
  await Promise.all([...machines.values()].map((machine) => machine.booted))
  return new NetnsFabric(plan, machines, layout, hasIpv6)
}

/** The cluster server's own tmpfs covers /run, and another one /dev/shm: nothing is written to the machine's. */
function prepareState(keptPaths: readonly string[]): RootLayout {
  const flags = MS.noSuid | MS.noDev
  mount('packetproof', '/run', 'tmpfs', flags, 'mode=755')
  mount('packetproof', '/dev/shm', 'tmpfs', flags, 'mode=1777')
  mkdirSync(STATE.volumes, { recursive: true })
  return chooseRootLayout(STATE.roots, keptPaths)
}

function createMachines(plan: NetworkPlan, layout: RootLayout, hasIpv6: boolean): Map<string, MachineHandle> {
  const everyone = [...plan.nodes, ...plan.outsiders, ...plan.externalHosts]
  const etcHosts = everyone.flatMap(({ name, addresses }) => addresses.map((address) => `${address}\t${name}\n`))
  const make = (name: string, kind: Machine['kind'], addresses: readonly string[]): [string, MachineHandle] => {
    const configureNetwork = (): void => {
      writeCommonSysctls(hasIpv6)
      if (kind === 'node' || kind === 'router') writeForwardingSysctls()
    }
    const ownHosts = `${LOOPBACK_HOSTS}${etcHosts.join('')}`
    return [name, createMachine(layout, { name, kind, addresses, etcHosts: ownHosts, configureNetwork })]
  }
  return new Map([
    make('router', 'router', plan.routerAddresses),
    ...plan.nodes.map((node) => make(node.name, 'node', node.addresses)),
    ...plan.outsiders.map((outsider) => make(outsider.name, 'outsider', outsider.addresses)),
    ...plan.externalHosts.map((host) => make(host.name, 'external-host', host.addresses)),
  ])
}
