import { nearestName } from '../../helpers/nearest-name.ts'
import type { Component, Ownership } from '../components/component.ts'
import { PacketproofError } from '../errors.ts'
import { labFiles } from './lab-folder.ts'
import { type LabRecord, readRecord, writeRecord } from './lab-record.ts'
import type { Lab } from './open-lab.ts'

/** A component whose options come from a file: it checks them itself. */
type AnyComponent = Component<Readonly<Record<string, unknown>>>

const loaders: Readonly<Record<string, () => Promise<unknown>>> = {
  encryption: async () => (await import('../components/encryption/encryption.ts')).encryption,
  'forward-guard': async () => (await import('../components/forward-guard/forward-guard.ts')).forwardGuard,
  'network-policy': async () => (await import('../components/network-policy/network-policy.ts')).networkPolicy,
  'service-proxy': async () => (await import('../components/service-proxy/service-proxy.ts')).serviceProxy,
  masquerade: async () => (await import('../components/masquerade/masquerade-agent.ts')).masqueradeAgent,
  sidecar: async () => (await import('../components/sidecar/sidecar.ts')).sidecar,
}

export const componentNames: readonly string[] = Object.keys(loaders)

/** @throws PacketproofError E_USAGE for a component that does not exist. */
export async function loadComponent(name: string): Promise<AnyComponent> {
  const load = loaders[name]
  if (load !== undefined) return (await load()) as AnyComponent
  const meant = nearestName(name, componentNames)
  throw new PacketproofError('E_USAGE', `there is no component "${name}"`, {
    hint: meant === undefined ? `known: ${componentNames.join(', ')}` : `did you mean "${meant}"?`,
  })
}

/** What a component has on a node, as it was deployed in the lab. */
export async function ownershipOf(name: string, record: LabRecord): Promise<Ownership> {
  const component = await loadComponent(name)
  return component.owns(optionsIn(record, name) ?? {})
}

/** Deploys a component and writes down how, for `removeComponent`. */
export async function deployComponent(
  lab: Lab,
  name: string,
  options: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<void> {
  const component = await loadComponent(name)
  // Written first: what a deployment that failed half-way has made is taken away by `remove`, too.
  changeRecord(lab.record.name, (record) => ({
    ...record,
    components: [...record.components.filter((other) => other.name !== name), { name, options: { ...options } }],
  }))
  await component.deploy(lab.cluster, options, { signal })
}

/** @throws PacketproofError E_USAGE when it has not been deployed. */
export async function removeComponent(lab: Lab, name: string, signal: AbortSignal): Promise<void> {
  const component = await loadComponent(name)
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
