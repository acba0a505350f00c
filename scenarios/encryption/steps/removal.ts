import {
  containsPackets,
  encryptionOwnership,
  hasOutcome,
  isEqual,
  type Node,
  nonceBytes,
  ping,
  publicKeyAnnotation,
  removeEncryption,
  type StepContext,
  type StepDefinition,
} from '../../../src/index.ts'
import { OWN_ENCRYPTION } from '../present.ts'
import { watch, wireOf } from '../wire.ts'
import { actorsOf, addressOf, type EncryptionWorld } from '../world.ts'

export const removal: StepDefinition<EncryptionWorld> = {
  id: 'removal',
  title: 'switch encryption off',
  claims: ['S2.24'],
  async run(context, world) {
    if (!world.isBuiltin) return await context.claim('S2.24', (claim) => claim.skip(OWN_ENCRYPTION))
    const actors = actorsOf(context, world)
    const { client, server } = actors
    const before = await remains(context)
    await removeEncryption(context.cluster, {}, { signal: context.signal })
    const after = await remains(context)
    const seen = await watch(
      context,
      actors,
      'encryption is switched off',
      () => ping(client, addressOf(server), { count: 1, signal: context.signal }),
      { tunnel: false, hosts: false },
    )
    await context.claim('S2.24', (claim) => {
      claim.control('nodes that had something of it', isEqual(before.length, context.cluster.nodes.length))
      claim.observe('what is left', isEqual(after, []))
      claim.observe('a ping', hasOutcome(seen.result, 'ok'))
      claim.observe(
        'it goes in plain again',
        containsPackets(wireOf(actors, seen), { payloadIncludes: nonceBytes(seen.result) }),
      )
    })
  },
}

async function remains(context: StepContext): Promise<string[]> {
  const { items } = await context.cluster.api.core.listNode()
  const annotated = items.filter(({ metadata }) => metadata?.annotations?.[publicKeyAnnotation] !== undefined)
  const found = await Promise.all(context.cluster.nodes.map((node) => remainsOf(node)))
  return found.flatMap((left, at) => {
    const name = context.cluster.nodes[at]?.name ?? ''
    const all = [...left, ...(annotated.some(({ metadata }) => metadata?.name === name) ? ['annotation'] : [])]
    return all.length === 0 ? [] : [`${name}: ${all.join('; ')}`]
  })
}

/** Devices, rules, routes, chains, sets, the key and processes, by what they are called. */
async function remainsOf(node: Node): Promise<string[]> {
  const { devices, chains, sets } = encryptionOwnership({ strict: true })
  const listings: readonly (readonly string[])[] = [
    ['ip', '-o', 'link'],
    ['ip', '-4', 'rule'],
    ['ip', '-6', 'rule'],
    ['ip', '-4', 'route', 'show', 'table', 'all'],
    ['ip', '-6', 'route', 'show', 'table', 'all'],
    ['iptables-save'],
    ['ip6tables-save'],
    ['ipset', 'list', '-n'],
    ['nft', 'list', 'tables'],
    ['ls', '/run/cilium', '/run/wireguard'],
    ['pgrep', '-a', 'wireguard-go'],
  ]
  const names = [
    ...devices,
    ...chains,
    ...sets,
    'lookup 201',
    'table 201',
    'cilium_wg0.key',
    'wireguard-go',
    'packetproof-encryption',
  ]
  const outputs = await Promise.all(listings.map((argv) => node.exec(argv)))
  return outputs.flatMap(({ stdout }) => stdout.split('\n').filter((line) => names.some((name) => line.includes(name))))
}
