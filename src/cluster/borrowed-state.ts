import type { KubernetesObject, V1PodSpec } from '@kubernetes/client-node'
import { messageOf, PacketproofError } from '../errors.ts'
import type { KubeApi } from './cluster.ts'
import type { Borrowed } from './node-access.ts'
import { deleteObject, readObject } from './objects.ts'

/** What was made and changed in a cluster that goes on after us, so that it can be undone. */
export class BorrowedState {
  readonly #api: KubeApi
  readonly #borrowed: Borrowed
  readonly #made = new Map<string, KubernetesObject>()
  /** Labels of nodes as they were, by node; null where there was none. */
  readonly #labels = new Map<string, Record<string, string | null>>()

  constructor(api: KubeApi, borrowed: Borrowed) {
    this.#api = api
    this.#borrowed = borrowed
  }

  /**
   * The object as it may be made there: labelled, and with images under the names by which the cluster can pull them.
   * @throws PacketproofError E_CLUSTER when it exists already and is somebody else's.
   */
  async adopt<T extends KubernetesObject>(object: T): Promise<T> {
    const { labels } = this.#borrowed
    await this.refuseForeign([object])
    this.#made.set(`${object.apiVersion} ${nameOf(object)}`, object)
    const adopted = structuredClone(object)
    adopted.metadata = Object.assign(adopted.metadata ?? {}, { labels: { ...adopted.metadata?.labels, ...labels } })
    for (const spec of podSpecsOf(adopted)) {
      for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
        if (container.image !== undefined) container.image = this.#borrowed.imageFor(container.image)
      }
    }
    return adopted
  }

  /** @throws PacketproofError E_CLUSTER when one of them exists and is somebody else's: it is not ours to change or to delete. */
  async refuseForeign(objects: readonly KubernetesObject[]): Promise<void> {
    for (const object of objects) {
      const existing = await readObject(this.#api, object)
      if (existing === undefined) continue
      const has = existing.metadata?.labels ?? {}
      if (Object.entries(this.#borrowed.labels).every(([key, value]) => has[key] === value)) continue
      throw new PacketproofError(
        'E_CLUSTER',
        `${nameOf(object)} is in the cluster already, and this run did not make it: test what the cluster has with --component NAME=present, or remove it first`,
        { hint: 'packetproof down --all --kubeconfig FILE removes what earlier runs have left' },
      )
    }
  }

  /** Call before labels of a node are changed. */
  async rememberLabels(node: string, keys: readonly string[]): Promise<void> {
    const { metadata } = await this.#api.core.readNode({ name: node })
    const known = this.#labels.get(node) ?? {}
    for (const key of keys) if (!(key in known)) known[key] = metadata?.labels?.[key] ?? null
    this.#labels.set(node, known)
  }

  /** @throws PacketproofError E_CLUSTER that names what is left, after everything else has been undone. */
  async undo(
    setLabels: (node: string, labels: Readonly<Record<string, string | null>>) => Promise<void>,
  ): Promise<void> {
    if (this.#borrowed.retain) return
    const undone = await Promise.allSettled([
      ...[...this.#made.values()].map((object) => deleteObject(this.#api, object)),
      ...[...this.#labels].map(([node, labels]) => setLabels(node, labels)),
    ])
    const problems = undone.flatMap((result) => (result.status === 'rejected' ? [messageOf(result.reason)] : []))
    if (problems.length === 0) return
    throw new PacketproofError('E_CLUSTER', `not everything was undone in the cluster: ${problems.join('; ')}`, {
      hint: 'packetproof down --all --kubeconfig FILE removes what carries the labels of runs',
    })
  }
}

function nameOf({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata?.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata?.name}`
}

function podSpecsOf(object: KubernetesObject): V1PodSpec[] {
  const { spec } = object as { spec?: Partial<V1PodSpec> & { template?: { spec?: V1PodSpec } } }
  if (object.kind === 'Pod' && spec?.containers !== undefined) return [spec as V1PodSpec]
  return spec?.template?.spec?.containers === undefined ? [] : [spec.template.spec]
}
