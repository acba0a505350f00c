import type { PolicyProtocol } from '../convert/policy-types.ts'
import { setName, uniqueId } from '../names/hashes.ts'
import { canonicalText, type Selector } from '../selector/selector.ts'
import type { EndpointIndex } from './endpoint-index.ts'
import { addressesFor } from './endpoints.ts'

/** A set of the kernel with what is to be in it. */
export interface IpSet {
  readonly name: string
  readonly type: 'hash:net' | 'hash:ip,port'
  readonly family: 4 | 6
  readonly members: ReadonlySet<string>
}

/** What a rule refers to: the pods that a selector describes, or one of their named ports. */
export type SetReference =
  | { readonly kind: 'selector'; readonly id: string; readonly selector: Selector }
  | {
      readonly kind: 'named-port'
      readonly id: string
      /** Whose port it may be. */
      readonly selector: Selector
      readonly protocol: PolicyProtocol
      readonly port: string
    }

export function selectorSet(selector: Selector): SetReference {
  return { kind: 'selector', id: uniqueId('s', canonicalText(selector)), selector }
}

/** @param selector whose port it may be; by default anybody's, where a chain says already which pod it is about. */
export function namedPortSet(
  protocol: PolicyProtocol,
  port: string,
  selector: Selector = { kind: 'all' },
): SetReference {
  const id = uniqueId('n', `${selectorSet(selector).id},${protocol},${port}`)
  return { kind: 'named-port', id, selector, protocol, port }
}

export function fillSet(reference: SetReference, family: 4 | 6, index: EndpointIndex): IpSet {
  const name = setName(family, reference.id)
  const chosen = index.select(reference.selector)
  if (reference.kind === 'selector') {
    const members = chosen.flatMap((endpoint) => addressesFor(endpoint, family))
    return { name, type: 'hash:net', family, members: new Set(members) }
  }
  const members = chosen.flatMap((endpoint) =>
    endpoint.namedPorts
      .filter(({ name: port, protocol }) => port === reference.port && protocol === reference.protocol)
      .flatMap(({ port, protocol }) =>
        addressesFor(endpoint, family).map((address) => `${address},${protocol}:${port}`),
      ),
  )
  return { name, type: 'hash:ip,port', family, members: new Set(members) }
}
