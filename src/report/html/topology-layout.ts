import type { Topology, TopologyHost } from '../model.ts'
import { cut } from '../printable.ts'

/** A drawn host; lines of text below its name, and the hosts inside it. Units: SVG user units (CSS pixels at full width). */
export interface HostBox {
  readonly kind: TopologyHost['kind']
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly name: string
  readonly lines: readonly string[]
  readonly inner: readonly HostBox[]
}

/** Hosts above one stretch of the nodes' subnet. */
export interface BusRow {
  readonly boxes: readonly HostBox[]
  readonly busY: number
}

export interface TopologyLayout {
  readonly width: number
  readonly height: number
  readonly rows: readonly BusRow[]
  readonly router: HostBox | undefined
  /** Where external hosts are joined: below the router, or on the nodes' subnet when no router is known. */
  readonly uplink: { readonly x: number; readonly y: number }
  readonly external: readonly HostBox[]
}

const rowWidth = 1060
const characterWidth = 6.7
export const lineHeight = 15
const padding = 9
const gap = 14

export function layoutTopology(topology: Topology): TopologyLayout {
  const podsOf = (node: string) => topology.hosts.filter((host) => host.kind === 'pod' && host.node === node)
  const nodeNames = new Set(topology.hosts.filter((host) => host.kind === 'node').map((host) => host.name))
  const onSubnet = topology.hosts.filter(
    (host) =>
      host.kind === 'node' ||
      host.kind === 'outsider' ||
      (host.kind === 'pod' && (host.node === undefined || !nodeNames.has(host.node))),
  )
  const rows: BusRow[] = []
  let top = 4
  for (const boxes of wrap(onSubnet.map((host) => measure(host, host.kind === 'node' ? podsOf(host.name) : [])))) {
    const height = Math.max(...boxes.map((box) => box.height))
    const busY = top + height + 18
    rows.push({ boxes: place(boxes, 24, (box) => top + height - box.height), busY })
    top = busY + 20
  }
  const routerHost = topology.hosts.find((host) => host.kind === 'router')
  const router = routerHost === undefined ? undefined : moved(measure(routerHost, []), 24, top + 2)
  if (router !== undefined) top += router.height + 40
  else if (topology.hosts.some((host) => host.kind === 'external-host')) top += 14
  const uplink =
    router === undefined
      ? { x: 20, y: rows.at(-1)?.busY ?? 0 }
      : { x: router.x + router.width / 2, y: router.y + router.height }
  const externalHosts = topology.hosts
    .filter((host) => host.kind === 'external-host' || (host.kind === 'router' && host !== routerHost))
    .map((host) => measure(host, []))
  const external: HostBox[] = []
  for (const boxes of wrap(externalHosts)) {
    const y = top
    external.push(...place(boxes, 24, () => y))
    top += Math.max(...boxes.map((box) => box.height)) + 22
  }
  const all = [...rows.flatMap((row) => row.boxes), ...external, ...(router === undefined ? [] : [router])]
  return {
    width: Math.max(360, ...all.map((box) => box.x + box.width + 24)),
    height: top - 16,
    rows,
    router,
    uplink,
    external,
  }
}

function measure(host: TopologyHost, pods: readonly TopologyHost[]): HostBox {
  const lines = [...host.addresses, ...(host.note === undefined ? [] : [host.note])].map((line) => cut(line, 40))
  const name = cut(host.name, 40)
  const textWidth = Math.max(...[name, ...lines].map((line) => line.length)) * characterWidth
  const top = padding + (1 + lines.length) * lineHeight
  const inside = stack(
    pods.map((pod) => measure(pod, [])),
    top,
  )
  const width = Math.ceil(Math.max(textWidth + 2 * padding, inside.width + 2 * padding, 114))
  const height = Math.max(top + 2, inside.bottom + 4)
  return { kind: host.kind, x: 0, y: 0, width, height, name, lines, inner: inside.boxes }
}

/** Pods below each other, at most six, then in a further column. */
function stack(pods: readonly HostBox[], top: number): { boxes: HostBox[]; width: number; bottom: number } {
  const perColumn = Math.max(6, Math.ceil(pods.length / Math.floor(rowWidth / 190)))
  const boxes: HostBox[] = []
  let x = padding
  let bottom = 0
  for (let from = 0; from < pods.length; from += perColumn) {
    const column = pods.slice(from, from + perColumn)
    const width = Math.max(96, ...column.map((pod) => pod.width))
    let y = top
    for (const pod of column) {
      boxes.push({ ...pod, x, y, width })
      y += pod.height + 5
    }
    bottom = Math.max(bottom, y)
    x += width + 6
  }
  return { boxes, width: boxes.length === 0 ? 0 : x - 6 - padding, bottom }
}

function wrap(boxes: readonly HostBox[]): HostBox[][] {
  const rows: HostBox[][] = []
  let width = Number.POSITIVE_INFINITY
  for (const box of boxes) {
    if (width + box.width > rowWidth) {
      rows.push([])
      width = 0
    }
    rows.at(-1)?.push(box)
    width += box.width + gap
  }
  return rows
}

function place(boxes: readonly HostBox[], left: number, topOf: (box: HostBox) => number): HostBox[] {
  let x = left
  return boxes.map((box) => {
    const placed = moved(box, x, topOf(box))
    x += box.width + gap
    return placed
  })
}

function moved(box: HostBox, x: number, y: number): HostBox {
  return { ...box, x, y, inner: box.inner.map((pod) => ({ ...pod, x: pod.x + x, y: pod.y + y })) }
}
