import type { KubeObject, ObjectStore } from '../api/types.ts'
import { kubeTime } from './objects.ts'

export interface EventInput {
  readonly about: KubeObject
  /** A part of the object, for instance `spec.containers{app}`. */
  readonly fieldPath?: string
  readonly type?: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

interface EventObject extends KubeObject {
  count: number
  lastTimestamp: string
}

/** Older events are taken away, so that a lab that runs for days does not grow. (A real API server drops them after an hour.) */
const keptEvents = 2000

/**
 * Writes `v1` Events the way client-go's recorder does: asynchronously, and a repetition raises the count of the first.
 * An event that cannot be written (its namespace is going away) is dropped, as there.
 */
export class EventRecorder {
  readonly #store: ObjectStore
  readonly #component: string
  readonly #host: string | undefined
  readonly #names = new Map<string, { namespace: string; name: string }>()
  #queue: EventInput[] = []
  #serial = 0

  constructor(store: ObjectStore, component: string, host?: string) {
    this.#store = store
    this.#component = component
    this.#host = host
  }

  record(event: EventInput): void {
    this.#queue.push(event)
    if (this.#queue.length === 1) setImmediate(() => this.#flush())
  }

  #flush(): void {
    const events = this.#queue
    this.#queue = []
    for (const event of events) {
      try {
        this.#write(event)
      } catch {
        continue
      }
    }
  }

  #write(event: EventInput): void {
    const { about } = event
    const key = [about.metadata.uid, event.fieldPath, event.type, event.reason, event.message].join('\n')
    const known = this.#names.get(key)
    if (known) {
      const seen = this.#store.modify<EventObject>('events', known.namespace, known.name, (draft) => {
        draft.count += 1
        draft.lastTimestamp = kubeTime()
      })
      if (seen) return
      this.#names.delete(key)
    }
    const namespace = about.metadata.namespace ?? 'default'
    const name = `${about.metadata.name}.${this.#uniqueSuffix()}`
    this.#store.create('events', this.#compose(event, namespace, name))
    this.#names.set(key, { namespace, name })
    this.#dropOldest()
  }

  #compose(event: EventInput, namespace: string, name: string): unknown {
    const { about } = event
    const now = kubeTime()
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { namespace, name },
      involvedObject: {
        apiVersion: about.apiVersion,
        kind: about.kind,
        name: about.metadata.name,
        uid: about.metadata.uid,
        resourceVersion: about.metadata.resourceVersion,
        ...(about.metadata.namespace === undefined ? {} : { namespace: about.metadata.namespace }),
        ...(event.fieldPath === undefined ? {} : { fieldPath: event.fieldPath }),
      },
      reason: event.reason,
      message: event.message,
      source: { component: this.#component, ...(this.#host === undefined ? {} : { host: this.#host }) },
      reportingComponent: this.#component,
      reportingInstance: this.#host ?? '',
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      type: event.type ?? 'Normal',
    }
  }

  /** As client-go names events: the object, and the time in hex. */
  #uniqueSuffix(): string {
    this.#serial += 1
    return (BigInt(Date.now()) * 1_000_000n + BigInt(this.#serial % 1_000_000)).toString(16)
  }

  #dropOldest(): void {
    if (this.#names.size <= keptEvents) return
    for (const [key, { namespace, name }] of this.#names) {
      this.#names.delete(key)
      this.#store.remove('events', namespace, name)
      return
    }
  }
}
