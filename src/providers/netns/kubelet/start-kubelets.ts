import type { KubeObject, ObjectStore, PodRuntime } from '../api/types.ts'
import type { Fabric } from '../fabric/types.ts'
import { imageRows } from '../images/image-rows.ts'
import { createImageTools } from '../images/image-tools.ts'
import { type ImageResolution, resolveImage } from '../images/resolve-image.ts'
import { EventRecorder } from './event-recorder.ts'
import type { KubeletContext } from './kubelet-context.ts'
import { keepNodeLeases } from './node-lease.ts'
import { type NodeRegistration, nodeObject } from './node-object.ts'
import { keyOf, type PodObject } from './objects.ts'
import { createPodRuntime } from './pod-runtime.ts'
import { PodWorker } from './pod-worker.ts'
import { NodeNetwork } from './probes/node-network.ts'
import { StatusWriter } from './status-writer.ts'

export interface KubeletOptions {
  readonly store: ObjectStore
  readonly fabric: Fabric
  /** With which pods call the API. */
  readonly apiToken: string
  /** One per node of the fabric. */
  readonly nodes: readonly NodeRegistration[]
  /** For what should not happen, and must not end the cluster. */
  readonly onError: (error: unknown) => void
}

export interface Kubelets extends PodRuntime {
  /** Stops following the store, and every pod at once; resolves when nothing runs any more. */
  stop(): Promise<void>
}

/** Registers the nodes and runs the pods that are bound to them, all nodes in one process. */
export function startKubelets(options: KubeletOptions): Kubelets {
  const { store } = options
  for (const registration of options.nodes) registerNode(options, registration)
  const contexts = new Map(createContexts(options).map((context) => [context.nodeName, context]))
  const workers = new Map<string, PodWorker>()

  const follow = (type: string, pod: PodObject): void => {
    const key = keyOf(pod)
    const known = workers.get(key)
    const isSame = known?.pod.metadata.uid === pod.metadata.uid
    if (type === 'DELETED') {
      if (!known || !isSame) return
      known.end(0)
      workers.delete(key)
      return
    }
    if (known && isSame) {
      known.update(pod)
      return
    }
    const context = contexts.get(pod.spec.nodeName ?? '')
    if (!context) return
    const worker = new PodWorker(context, pod)
    workers.set(key, worker)
    // A pod of the same name may still be on its way out; its sandbox and address are its own.
    if (pod.metadata.deletionTimestamp === undefined) worker.start()
    else worker.end(pod.metadata.deletionGracePeriodSeconds)
  }
  const notifySources = (resource: string, object: KubeObject): void => {
    const reference = `${resource}/${keyOf(object)}`
    for (const worker of workers.values()) if (worker.references.includes(reference)) worker.sourceChanged()
  }
  const unsubscribe = [
    keepNodeLeases(
      store,
      options.nodes.map(({ name }) => name),
    ),
    store.subscribe<PodObject>('pods', ({ type, object }) => follow(type, object)),
    store.subscribe('configmaps', ({ object }) => notifySources('configmaps', object)),
    store.subscribe('secrets', ({ object }) => notifySources('secrets', object)),
  ]
  return {
    ...createPodRuntime(
      (namespace, name) => workers.get(`${namespace}/${name}`),
      (namespace, name) => store.get<PodObject>('pods', namespace, name),
    ),
    stop: async () => {
      for (const stop of unsubscribe) stop()
      const running = [...workers.values()]
      for (const worker of running) worker.end(0)
      await Promise.all(running.map(async (worker) => worker.ended()))
    },
  }
}

function registerNode({ store, fabric, nodes }: KubeletOptions, registration: NodeRegistration): void {
  const machine = fabric.nodes.get(registration.name)
  if (!machine) throw new Error(`the fabric has no node "${registration.name}"`)
  if (store.get('nodes', undefined, registration.name)) return
  store.create('nodes', nodeObject(registration, machine, nodes.length === 1))
}

function createContexts({ store, fabric, apiToken, onError }: KubeletOptions): KubeletContext[] {
  const tools = createImageTools(fabric.statePath)
  const resolve = (image: string): ImageResolution => resolveImage(imageRows, tools, image)
  return [...fabric.nodes.values()].map((machine) => ({
    nodeName: machine.name,
    nodeAddresses: machine.addresses,
    nodeRoot: machine.rootPath,
    network: new NodeNetwork(machine),
    store,
    apiToken,
    fabric,
    events: new EventRecorder(store, 'kubelet', machine.name),
    statuses: new StatusWriter(store, onError),
    resolveImage: resolve,
    onError,
  }))
}
