import { nearestName } from '../../helpers/nearest-name.ts'
import type { Component, Ownership } from '../components/component.ts'
import { PacketproofError } from '../errors.ts'
import { labFiles } from './lab-folder.ts'
import { type LabRecord, readRecord, writeRecord } from './lab-record.ts'
import type { Lab } from './open-lab.ts'

/** A component with the reader of its options, which come from a file or a command line. */
export interface DeployableComponent {
  readonly component: Component<Readonly<Record<string, unknown>>>
  /** @throws PacketproofError E_USAGE that names the option and what was expected. */
  readonly readOptions: (options: unknown) => Readonly<Record<string, unknown>>
}

const loaders: Readonly<Record<string, () => Promise<DeployableComponent>>> = {
  encryption: async () => {
    const { encryption } = await import('../components/encryption/encryption.ts')
    const { readEncryptionOptions } = await import('../components/encryption/deploy-options.ts')
    return deployable(encryption, readEncryptionOptions)
  },
  'forward-guard': async () => {
    const { forwardGuard } = await import('../components/forward-guard/forward-guard.ts')
    const { readForwardGuardOptions } = await import('../components/forward-guard/deploy-options.ts')
    return deployable(forwardGuard, readForwardGuardOptions)
  },
  'network-policy': async () => {
    const { networkPolicy } = await import('../components/network-policy/network-policy.ts')
    const { readNetworkPolicyOptions } = await import('../components/network-policy/deploy-options.ts')
    return deployable(networkPolicy, readNetworkPolicyOptions)
  },
  'service-proxy': async () => {
    const { serviceProxy } = await import('../components/service-proxy/service-proxy.ts')
    const { readServiceProxyOptions } = await import('../components/service-proxy/deploy-options.ts')
    return deployable(serviceProxy, readServiceProxyOptions)
  },
  masquerade: async () => {
    const { masqueradeAgent } = await import('../components/masquerade/masquerade-agent.ts')
    const { readMasqueradeOptions } = await import('../components/masquerade/deploy-options.ts')
    return deployable(masqueradeAgent, readMasqueradeOptions)
  },
  sidecar: async () => {
    const { sidecar } = await import('../components/sidecar/sidecar.ts')
    const { readSidecarOptions } = await import('../components/sidecar/deploy-options.ts')
    return deployable(sidecar, readSidecarOptions)
  },
}

/** The reader makes just the options that the component takes, which is all that is known of them from here on. */
function deployable<Options>(
  component: Component<Options>,
  readOptions: (options: unknown) => Options,
): DeployableComponent {
  return { component, readOptions } as unknown as DeployableComponent
}

export const componentNames: readonly string[] = Object.keys(loaders)

/** @throws PacketproofError E_USAGE for a component that does not exist. */
export async function loadComponent(name: string): Promise<DeployableComponent> {
  const load = Object.hasOwn(loaders, name) ? loaders[name] : undefined
  if (load !== undefined) return await load()
  const meant = nearestName(name, componentNames)
  throw new PacketproofError('E_USAGE', `there is no component "${name}"`, {
    hint: meant === undefined ? `known: ${componentNames.join(', ')}` : `did you mean "${meant}"?`,
  })
}

/** What a component has on a node, as it was deployed in the lab. */
export async function ownershipOf(name: string, record: LabRecord): Promise<Ownership> {
  const { component } = await loadComponent(name)
  return component.owns(optionsIn(record, name) ?? {})
}

/** Deploys a component and writes down how, for `removeComponent`. */
export async function deployComponent(
  lab: Lab,
  name: string,
  texts: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<void> {
  const { component, readOptions } = await loadComponent(name)
  const options = readOptions(texts)
  // Written first: what a deployment that failed half-way has made is taken away by `remove`, too.
  changeRecord(lab.record.name, (record) => ({
    ...record,
    components: [...record.components.filter((other) => other.name !== name), { name, options }],
  }))
  await component.deploy(lab.cluster, options, { signal })
}

/** @throws PacketproofError E_USAGE when it has not been deployed. */
export async function removeComponent(lab: Lab, name: string, signal: AbortSignal): Promise<void> {
  const { component } = await loadComponent(name)
  const options = optionsIn(readRecord(lab.record.name), name)
  if (options === undefined) {
    const deployed = lab.record.components.map((other) => other.name)
    throw new PacketproofError('E_USAGE', `${name} is not deployed in the lab "${lab.record.name}"`, {
      hint: deployed.length === 0 ? 'nothing is' : `deployed are: ${deployed.join(', ')}`,
    })
  }
  await component.remove(lab.cluster, options, { signal })
  changeRecord(lab.record.name, (record) => ({
    ...record,
    components: record.components.filter((other) => other.name !== name),
  }))
}

function optionsIn(record: LabRecord, name: string): Readonly<Record<string, unknown>> | undefined {
  return record.components.find((component) => component.name === name)?.options
}

export function changeRecord(name: string, change: (record: LabRecord) => LabRecord): void {
  writeRecord(labFiles(name), change(readRecord(name)))
}
