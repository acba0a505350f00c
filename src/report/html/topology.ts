import type { Topology } from '../model.ts'
import { type Html, html } from './html.ts'
import { type HostBox, layoutTopology, lineHeight, type TopologyLayout } from './topology-layout.ts'

/** The machines and how they are joined: nodes and outsiders on one subnet, pods in nodes, external hosts past the router. */
export function renderTopology(topology: Topology): Html {
  if (topology.hosts.length === 0) return html``
  const layout = layoutTopology(topology)
  const nodeSubnets = topology.subnets.filter((subnet) => subnet.kind === 'nodes').map((subnet) => subnet.cidr)
  return html`<figure class="topology">
<svg viewBox="0 0 ${layout.width} ${layout.height}" width="${layout.width}" height="${layout.height}" role="img" aria-label="Topology: ${topology.hosts.map((host) => `${host.kind} ${host.name} ${host.addresses.join(' ')}`).join('; ')}">
${layout.rows.map((row) => renderBus(row.boxes, row.busY, layout.width))}
${renderTrunk(layout)}
${layout.rows[0] !== undefined && html`<text class="bus-label" x="${layout.width - 24}" y="${layout.rows[0].busY + 14}" text-anchor="end">${['nodes', ...nodeSubnets].join('  ')}</text>`}
${renderUplinks(layout)}
${[...layout.rows.flatMap((row) => row.boxes), ...layout.external, ...(layout.router === undefined ? [] : [layout.router])].map(renderBox)}
</svg>
<figcaption>${topology.subnets.length > 0 && html`<dl class="facts">${topology.subnets.map((subnet) => html`<dt>${subnet.name}</dt><dd><code>${subnet.cidr}</code></dd>`)}</dl>`}</figcaption>
</figure>`
}

function renderBus(boxes: readonly HostBox[], busY: number, width: number): Html {
  return html`<path class="bus" d="M12 ${busY}H${width - 24}"/>${boxes.map((box) => {
    const x = box.x + box.width / 2
    return html`<path class="link" d="M${x} ${box.y + box.height}V${busY}"/><circle class="joint" cx="${x}" cy="${busY}" r="2.5"/>`
  })}`
}

/** Joins the stretches of the nodes' subnet, and the router to it. */
function renderTrunk(layout: TopologyLayout): Html {
  const first = layout.rows.at(0)
  const last = layout.rows.at(-1)
  if (first === undefined || last === undefined) return html``
  const trunk = layout.rows.length > 1 && html`<path class="bus" d="M12 ${first.busY}V${last.busY}"/>`
  if (layout.router === undefined) return html`${trunk}`
  const x = layout.router.x + layout.router.width / 2
  return html`${trunk}<path class="link" d="M${x} ${last.busY}V${layout.router.y}"/><circle class="joint" cx="${x}" cy="${last.busY}" r="2.5"/>`
}

function renderUplinks({ uplink, external, router }: TopologyLayout): Html {
  const style = router === undefined ? 'link beyond' : 'link'
  return html`${external.map((box) => {
    const to = box.x + box.width / 2
    return html`<path class="${style}" d="M${uplink.x} ${uplink.y}V${box.y - 14}H${to}V${box.y}"/>`
  })}`
}

function renderBox(box: HostBox): Html {
  return html`<g class="host ${box.kind}"><rect x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" rx="3"/>
<text class="name" x="${box.x + 9}" y="${box.y + 17}">${box.name}<title>${box.kind} ${box.name}</title></text>
${box.lines.map((line, index) => html`<text x="${box.x + 9}" y="${box.y + 17 + (index + 1) * lineHeight}">${line}</text>`)}
${box.inner.map(renderBox)}</g>`
}
