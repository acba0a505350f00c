import type { V1Container, V1PodSpec } from '@kubernetes/client-node'
import type { ManifestObject } from '../../cluster/load-manifests.ts'
import { invalidInput } from '../../errors.ts'
import { serverContainer } from '../../probe/matrix/server-pod.ts'
import type { MatrixPort } from '../../probe/matrix/types.ts'
import { parseImageReference } from '../../providers/netns/images/image-reference.ts'
import { imageRows } from '../../providers/netns/images/image-rows.ts'
import { podSpecOf } from './read-world.ts'

/**
 * Makes every container one of packetproof's server on the ports that it declares, by the names that it gives them, or on
 * `ports` when a pod declares none. Init containers, volumes and probes go, because they belong to the program that went.
 */
export function replaceImages(workload: ManifestObject, ports: readonly MatrixPort[]): ManifestObject {
  const spec = podSpecOf(workload.object)
  if (spec === undefined) return workload
  const declared = spec.containers.some((container) => (container.ports ?? []).length > 0)
  const containers = spec.containers.map((container, index) => {
    const own = declaredPorts([container])
    const server = serverContainer(container.name, own.length > 0 || declared || index > 0 ? own : ports)
    return Object.assign(server, container.ports && { ports: container.ports })
  })
  const { initContainers: _, volumes: __, serviceAccountName: ___, ...rest } = spec
  return withPodSpec(workload, { ...rest, containers, terminationGracePeriodSeconds: 1 })
}

/** The ports that containers declare. */
export function declaredPorts(containers: readonly V1Container[]): readonly MatrixPort[] {
  return containers.flatMap(({ ports = [] }) =>
    ports.flatMap(({ containerPort, protocol = 'TCP' }) => {
      const known = (['tcp', 'udp', 'sctp'] as const).find((each) => each === protocol.toLowerCase())
      return known === undefined ? [] : [{ protocol: known, port: containerPort }]
    }),
  )
}

/** @throws PacketproofError E_INVALID_INPUT that names the images that stand for no program. */
export function requireKnownImages(workloads: readonly ManifestObject[]): void {
  for (const { object, place } of workloads) {
    const { containers = [], initContainers = [] } = podSpecOf(object) ?? {}
    const unknown = [...initContainers, ...containers].map(({ image = '' }) => image).filter((image) => !isKnown(image))
    if (unknown.length === 0) continue
    const known = imageRows.map(({ title }) => title).join(', ')
    throw invalidInput(
      `${place}: ${object.kind} ${object.metadata?.name ?? ''}: the embedded cluster has no image "${unknown[0]}": known are ${known}, and host:/path/to/program`,
      {
        hint: 'with --replace-images a server of packetproof stands for each container, on the ports that it declares',
      },
    )
  }
}

function isKnown(image: string): boolean {
  if (image.startsWith('host:/')) return true
  const reference = parseImageReference(image)
  return reference !== undefined && imageRows.some((row) => row.matches(reference))
}

function withPodSpec({ object, place }: ManifestObject, spec: V1PodSpec): ManifestObject {
  if (object.kind === 'Pod') return { object: Object.assign({}, object, { spec }), place }
  const outer = (object as { spec?: { template?: object } }).spec
  const changed = { ...outer, template: { ...outer?.template, spec } }
  return { object: Object.assign({}, object, { spec: changed }), place }
}
