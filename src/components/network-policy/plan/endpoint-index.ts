import { matches, type Selector } from '../selector/selector.ts'
import type { PolicyEndpoint } from './endpoints.ts'

/** Endpoints by their labels: selectors name a few of many. */
export class EndpointIndex {
  readonly #all: readonly PolicyEndpoint[]
  readonly #byLabel = new Map<string, PolicyEndpoint[]>()

  constructor(endpoints: readonly PolicyEndpoint[]) {
    this.#all = endpoints
    for (const endpoint of endpoints) {
      for (const [key, value] of endpoint.labels) {
        const label = labelOf(key, value)
        const found = this.#byLabel.get(label)
        if (found === undefined) this.#byLabel.set(label, [endpoint])
        else found.push(endpoint)
      }
    }
  }

  /** In the order in which they were given. */
  select(selector: Selector): readonly PolicyEndpoint[] {
    return this.#candidates(selector).filter(({ labels }) => matches(selector, labels))
  }

  /** Those that the rarest of the required labels leaves. */
  #candidates(selector: Selector): readonly PolicyEndpoint[] {
    let fewest = this.#all
    for (const { key, value } of requiredLabels(selector)) {
      const found = this.#byLabel.get(labelOf(key, value)) ?? []
      if (found.length < fewest.length) fewest = found
    }
    return fewest
  }
}

function requiredLabels(selector: Selector): { readonly key: string; readonly value: string }[] {
  if (selector.kind === 'equals') return [selector]
  return selector.kind === 'and' ? selector.terms.flatMap(requiredLabels) : []
}

/** A blank is in no label. */
function labelOf(key: string, value: string): string {
  return `${key} ${value}`
}
