import type { V1NetworkPolicyPort } from '@kubernetes/client-node'
import type { PolicyProtocol, PortRange } from './policy-types.ts'

export interface ProtocolPorts {
  readonly protocol: PolicyProtocol
  /** Empty with `names` for all ports of the protocol. */
  readonly ranges: readonly PortRange[]
  readonly names: readonly string[]
}

/** Ports by protocol, in alphabetical order: numbers joined into ranges, names kept. One item without a port stands for all of its protocol. */
export function groupPorts(ports: readonly V1NetworkPolicyPort[]): ProtocolPorts[] {
  const protocols = [...new Set(ports.map(protocolOf))].sort()
  return protocols.map((protocol) => {
    const own = ports.filter((port) => protocolOf(port) === protocol)
    if (own.some(({ port }) => port === undefined || port === null)) return { protocol, ranges: [], names: [] }
    const names = own.flatMap(({ port }) => (typeof port === 'string' && !/^\d+$/.test(port) ? [port] : []))
    const ranges = own.flatMap(({ port, endPort }) => {
      const first = Number(port)
      return Number.isInteger(first) ? [{ first, last: endPort ?? first }] : []
    })
    return { protocol, ranges: joinRanges(ranges), names: [...new Set(names)].sort() }
  })
}

/** Overlapping and adjacent ranges become one. */
export function joinRanges(ranges: readonly PortRange[]): PortRange[] {
  const joined: PortRange[] = []
  for (const range of [...ranges].sort((a, b) => a.first - b.first || a.last - b.last)) {
    const last = joined.at(-1)
    if (last !== undefined && range.first <= last.last + 1) {
      joined[joined.length - 1] = { first: last.first, last: Math.max(last.last, range.last) }
    } else joined.push(range)
  }
  return joined
}

/** As multiport takes it. */
export function rangeText({ first, last }: PortRange): string {
  return first === last ? String(first) : `${first}:${last}`
}

function protocolOf({ protocol = 'TCP' }: V1NetworkPolicyPort): PolicyProtocol {
  return protocol.toLowerCase() as PolicyProtocol
}
