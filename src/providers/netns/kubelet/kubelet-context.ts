import type { ObjectStore } from '../api/types.ts'
import type { Fabric } from '../fabric/types.ts'
import type { ImageResolution } from '../images/resolve-image.ts'
import type { EventRecorder } from './event-recorder.ts'
import type { NodeNetwork } from './probes/node-network.ts'
import type { StatusWriter } from './status-writer.ts'

/** What all pods of one node share. */
export interface KubeletContext {
  readonly nodeName: string
  readonly nodeAddresses: readonly string[]
  readonly nodeRoot: string
  readonly network: NodeNetwork
  readonly store: ObjectStore
  /** With which pods call the API. */
  readonly apiToken: string
  readonly fabric: Fabric
  readonly events: EventRecorder
  readonly statuses: StatusWriter
  resolveImage(image: string): ImageResolution
  /** For what should not happen, and must not end the cluster. */
  readonly onError: (error: unknown) => void
}
