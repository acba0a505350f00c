import { describe, expect, it } from 'vitest'
import type { TopologyHost } from '../model.ts'
import { sampleScenario } from '../testdata/sample-run.ts'
import { elementsOf } from '../testdata/well-formed.ts'
import { renderTopology } from './topology.ts'
import { type HostBox, layoutTopology } from './topology-layout.ts'

const { topology } = sampleScenario()

function boxesOf(hosts: readonly TopologyHost[]): HostBox[] {
  const layout = layoutTopology({ hosts, subnets: [] })
  return [
    ...layout.rows.flatMap((row) => row.boxes),
    ...layout.external,
    ...(layout.router === undefined ? [] : [layout.router]),
  ]
}

function overlaps(a: HostBox, b: HostBox): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

describe('the topology drawing', () => {
  it('shows every host with its addresses', () => {
    const { markup } = renderTopology(topology)
    elementsOf(markup)
    for (const host of topology.hosts) {
      expect(markup).toContain(`>${host.name}<`)
      for (const address of host.addresses) expect(markup).toContain(`>${address}</text>`)
    }
  })

  it('draws pods inside their node', () => {
    const node = boxesOf(topology.hosts).find((box) => box.name === 'node-1')
    expect(node?.inner.map((pod) => pod.name)).toEqual(['client', 'ip-masq-agent-x7k2p'])
    for (const pod of node?.inner ?? []) {
      expect(pod.x).toBeGreaterThan(node?.x ?? 0)
      expect(pod.y + pod.height).toBeLessThan((node?.y ?? 0) + (node?.height ?? 0))
    }
  })

  it('keeps forty nodes apart, in several rows', () => {
    const hosts = Array.from(
      { length: 40 },
      (_, index): TopologyHost => ({
        name: `worker-${index}`,
        kind: 'node',
        addresses: [`10.0.0.${index}`, `fd00:10::${index}`],
      }),
    )
    const boxes = boxesOf(hosts)
    expect(boxes).toHaveLength(40)
    const clashes = boxes.flatMap((a, index) => boxes.slice(index + 1).filter((b) => overlaps(a, b)))
    expect(clashes).toEqual([])
  })

  it('keeps many pods inside their node, and apart', () => {
    const pods = Array.from(
      { length: 45 },
      (_, index): TopologyHost => ({
        name: `pod-${index}`,
        kind: 'pod',
        addresses: [`10.244.1.${index}`],
        node: 'worker',
      }),
    )
    const [node] = boxesOf([{ name: 'worker', kind: 'node', addresses: ['10.0.0.2'] }, ...pods])
    const inner = node?.inner ?? []
    expect(inner).toHaveLength(45)
    expect(inner.flatMap((a, index) => inner.slice(index + 1).filter((b) => overlaps(a, b)))).toEqual([])
    for (const pod of inner) {
      expect(pod.x + pod.width).toBeLessThan((node?.x ?? 0) + (node?.width ?? 0))
      expect(pod.y + pod.height).toBeLessThan((node?.y ?? 0) + (node?.height ?? 0))
    }
  })

  it('joins external hosts to the subnet when no router is known', () => {
    const hosts = topology.hosts.filter((host) => host.kind !== 'router')
    expect(renderTopology({ ...topology, hosts }).markup.match(/class="link beyond"/g)).toHaveLength(2)
  })

  it('still shows a pod whose node is not there', () => {
    const boxes = boxesOf([{ name: 'stray', kind: 'pod', addresses: ['10.0.0.1'], node: 'gone' }])
    expect(boxes.map((box) => box.name)).toEqual(['stray'])
  })
})
