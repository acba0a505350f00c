import { type Host, isEqual, type Judged, type StepContext, type StepDefinition } from '../../../src/index.ts'
import { linesOf, readDevice, readLines, readLink, runWg } from '../node-facts.ts'
import { type Actors, actorsOf, addressOf, type EncryptionWorld, TUNNEL } from '../world.ts'

const NO_RULE = 'this cluster shows the datapath since Cilium 1.14, without a rule and table 201 (S2.13a)'
const OWN_RULE = 'this cluster shows the datapath until Cilium 1.13, with a rule and table 201 (S2.13)'
const defaultRules = new Set([
  '0: from all lookup local',
  '32766: from all lookup main',
  '32767: from all lookup default',
])

/** What the document looks at on the nodes. */
export const inspect: StepDefinition<EncryptionWorld> = {
  id: 'inspect',
  title: 'look at devices, routes and rules of the nodes',
  claims: ['S2.11', 'S2.12', 'S2.13', 'S2.13a', 'S2.14', 'S2.14a', 'S2.17', 'S2.18'],
  async run(context, world) {
    const actors = actorsOf(context, world)
    await claimLinks(context, actors)
    await claimRoutes(context, actors)
    await claimRules(context, world, actors)
  },
}

async function claimLinks(context: StepContext, { left, uplink: name }: Actors): Promise<void> {
  const carrier = context.cluster.environment['wireguard']
  const uplink = await readLink(left, name)
  for (const node of context.cluster.nodes) {
    const link = await readLink(node, TUNNEL)
    const device = await readDevice(node)
    await context.claim('S2.11', (claim) => {
      claim.observe(`${node.name}: wg speaks with it`, isEqual(device !== undefined, true))
      claim.observe(`${node.name}: its kind`, kindOf(link.kind, carrier))
      for (const flag of ['NOARP', 'POINTOPOINT', 'UP']) {
        claim.observe(`${node.name}: the flag ${flag}`, isEqual(link.flags.includes(flag), true))
      }
      claim.observe(`${node.name}: link layer`, isEqual(link.type, 'none'))
      claim.observe(`${node.name}: MTU, 80 less than the uplink's`, isEqual(link.mtu, uplink.mtu - 80))
      claim.observe(
        `${node.name}: addresses of its own`,
        isEqual(
          link.addresses.filter((address) => !address.startsWith('fe80')),
          [],
        ),
      )
    })
  }
}

async function claimRoutes(context: StepContext, actors: Actors): Promise<void> {
  const { uplink, server, other, client } = actors
  for (const node of context.cluster.nodes) {
    const routes = await readLines(node, 'ip', '-4', 'route', 'show', 'table', 'main')
    const pods = [client, server, other].filter((pod) => pod.node.name !== node.name)
    const found = await Promise.all(
      pods.map(async (pod) => ({ pod, lines: await readLines(node, 'ip', '-4', 'route', 'get', addressOf(pod)) })),
    )
    await context.claim('S2.12', (claim) => {
      claim.observe(
        `${node.name}: routes to ${TUNNEL}`,
        isEqual(
          routes.filter((route) => route.includes(TUNNEL)),
          [],
        ),
      )
      for (const { pod, lines } of found) {
        const wanted = `${addressOf(pod)} via ${addressOf(pod.node)} dev ${uplink}`
        claim.observe(`${node.name}: the route to a pod of ${pod.node.name}`, startsWith(lines[0] ?? 'none', wanted))
      }
    })
  }
}

async function claimRules(context: StepContext, world: EncryptionWorld, actors: Actors): Promise<void> {
  const isA = world.variant === 'A'
  for (const node of context.cluster.nodes) {
    const rules = await readLines(node, 'ip', '-4', 'rule', 'show')
    const table = await readLines(node, 'ip', '-4', 'route', 'show', 'table', '201')
    const fwmark = linesOf(await runWg(node, 'show', TUNNEL, 'fwmark'))[0] ?? 'nothing'
    const more = rules.filter((rule) => !defaultRules.has(rule))
    await context.claim('S2.13', (claim) => {
      if (!isA) return claim.skip(NO_RULE)
      claim.observe(`${node.name}: the rules`, isEqual(rules.length, 4))
      claim.observe(
        `${node.name}: the one that others do not have`,
        isEqual(more, ['1: from all fwmark 0xe00/0xf00 lookup 201']),
      )
    })
    await context.claim('S2.13a', (claim) => {
      if (isA) return claim.skip(OWN_RULE)
      claim.observe(
        `${node.name}: rules with table 201`,
        isEqual(
          rules.filter((rule) => rule.includes('201')),
          [],
        ),
      )
      claim.observe(`${node.name}: table 201`, isEqual(table, []))
      claim.observe(`${node.name}: fwmark`, isEqual(fwmark, '0x1e00'))
    })
    await context.claim('S2.14', (claim) => {
      if (!isA) return claim.skip(NO_RULE)
      claim.observe(`${node.name}: the rule has a source address`, isEqual(/from (?!all)/.test(more.join()), true))
    })
    await context.claim('S2.17', (claim) => {
      if (!isA) return claim.skip(NO_RULE)
      claim.observe(`${node.name}: fwmark`, isEqual(fwmark, 'off'))
    })
    await context.claim('S2.18', (claim) => {
      if (!isA) return claim.skip(NO_RULE)
      claim.observe(
        `${node.name}: table 201`,
        isEqual(
          table.map((route) => route.replace(' scope link', '')),
          [`default dev ${TUNNEL}`],
        ),
      )
    })
  }
  await claimMark(context, world, actors)
}

/** The kernel's own answers to where a packet would go. */
async function claimMark(context: StepContext, world: EncryptionWorld, actors: Actors): Promise<void> {
  const { left, client, neighbour, server, uplink } = actors
  const deviceFor = async (source: Host, mark: string): Promise<string> => {
    const from = addressOf(source)
    // Where the client's packets come in, which is the way that forwarded ones are looked up.
    const [back = ''] = await readLines(left, 'ip', 'route', 'get', from)
    const iif = / dev (\S+)/.exec(back)?.[1] ?? ''
    const [line = ''] = await readLines(
      left,
      'ip',
      'route',
      'get',
      addressOf(server),
      'from',
      from,
      'iif',
      iif,
      'mark',
      mark,
    )
    return / dev (\S+)/.exec(line)?.[1] ?? (line || 'no route')
  }
  const answers = await Promise.all(
    [client, neighbour].flatMap((pod) =>
      ['0xe00', '0x1', '0'].map(async (mark) => ({ pod, mark, device: await deviceFor(pod, mark) })),
    ),
  )
  await context.claim('S2.14a', (claim) => {
    if (world.variant === 'B') return claim.skip(NO_RULE)
    for (const { pod, mark, device } of answers) {
      const wanted = mark === '0xe00' ? TUNNEL : uplink
      claim.observe(`from ${pod.name} with mark ${mark}`, isEqual(device, wanted))
    }
  })
}

/** A device of wireguard-go is a TUN device to the kernel. Who carries it is not known of every cluster. */
function kindOf(kind: string | undefined, carrier: string | undefined): Judged {
  const kinds = carrier === 'kernel' ? ['wireguard'] : carrier === 'wireguard-go' ? ['tun'] : ['wireguard', 'tun']
  return { pass: kinds.includes(kind ?? ''), expected: kinds.join(' or '), observed: kind ?? 'none' }
}

function startsWith(text: string, start: string): Judged {
  return { pass: text.startsWith(start), expected: `${start} …`, observed: text }
}
