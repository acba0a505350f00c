import { familyOf } from '../../../helpers/cidr.ts'
import type { Node, Pod } from '../../cluster/cluster.ts'
import type { Host } from '../../cluster/host.ts'
import type { ProbeSpec } from '../prober/protocol.ts'
import type { MatrixPort, MatrixRequest, MatrixServer, MatrixSource, MatrixTarget } from './types.ts'

/** A probe of the matrix, before it is sent. */
export interface PlannedCell {
  readonly from: string
  readonly to: string
  readonly port: MatrixPort
  readonly target: MatrixTarget
  /** Where the prober runs: the pod's node, or the machine itself. */
  readonly proberHost: Host
  readonly address: string | undefined
  /** Undefined when it cannot be sent, for the reason. */
  readonly spec: ProbeSpec | undefined
  readonly reason?: string
  /** For a control: the server that is asked. */
  readonly server?: MatrixServer
}

export interface MatrixPlan {
  readonly cells: readonly PlannedCell[]
  readonly controls: readonly PlannedCell[]
}

export function planMatrix(request: MatrixRequest): MatrixPlan {
  const { sources, targets, ports, family = 4 } = request
  const includes = request.includes ?? ((source, target) => source.name !== target.name)
  let id = 0
  const plan = (source: MatrixSource, target: MatrixTarget, port: MatrixPort, number: number): PlannedCell => {
    const place = source.host.kind === 'pod' ? addressOf(source.host.addresses, family) : undefined
    const address = addressOf(target.addresses, family)
    const cell = { from: source.name, to: target.name, port, target, address, proberHost: proberHostOf(source.host) }
    if (source.host.kind === 'pod' && place === undefined) {
      return { ...cell, spec: undefined, reason: `${source.name} has no IPv${family} address` }
    }
    if (address === undefined) {
      return { ...cell, spec: undefined, reason: `${target.name} has no IPv${family} address` }
    }
    id += 1
    const spec = { id, protocol: port.protocol, address, port: number, ...(place !== undefined && { place }) }
    return { ...cell, spec }
  }
  const cells = sources.flatMap((source) =>
    targets
      .filter((target) => includes(source, target))
      .flatMap((target) => ports.map((port) => plan(source, target, port, port.port))),
  )
  return { cells, controls: planControls(targets, ports, plan) }
}

/** Each server asked at its own address from inside its own network namespace. */
function planControls(
  targets: readonly MatrixTarget[],
  ports: readonly MatrixPort[],
  plan: (source: MatrixSource, target: MatrixTarget, port: MatrixPort, number: number) => PlannedCell,
): readonly PlannedCell[] {
  return targets.flatMap((target) =>
    target.servers.flatMap((server) => {
      const inside = { name: `inside ${server.host.name}`, host: server.host }
      const itself = { ...target, addresses: server.host.addresses }
      return ports.map((port) => ({
        ...plan(inside, itself, port, target.serverPort?.(port) ?? port.port),
        target,
        server,
      }))
    }),
  )
}

export function addressOf(addresses: readonly string[], family: 4 | 6): string | undefined {
  return addresses.find((address) => familyOf(address) === family)
}

function proberHostOf(host: Host): Host {
  return host.kind === 'pod' && 'node' in host ? ((host as Pod).node satisfies Node) : host
}
