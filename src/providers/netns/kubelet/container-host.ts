import type { ObjectStore } from '../api/types.ts'
import type { ContainerSpec, RunningContainer } from '../fabric/types.ts'
import type { ImageResolution } from '../images/resolve-image.ts'
import type { EventInput } from './event-recorder.ts'
import type { PodObject } from './objects.ts'
import type { PodFacts } from './pod-fields.ts'
import type { NodeNetwork } from './probes/node-network.ts'
import type { PodVolumes } from './volumes/pod-volumes.ts'

/** What a container needs of its pod. */
export interface ContainerHost {
  readonly pod: PodObject
  readonly facts: PodFacts
  readonly store: ObjectStore
  readonly volumes: PodVolumes
  readonly network: NodeNetwork
  resolveImage(image: string): ImageResolution
  launch(spec: ContainerSpec): RunningContainer
  record(event: Omit<EventInput, 'about'>): void
  /** The container's status is not what was last written. */
  changed(): void
}
