import {
  type ClaimRecorder,
  ensureSuccess,
  type Host,
  isEqual,
  type Judged,
  publicKeyAnnotation,
  type ShownDevice,
  type StepContext,
  type StepDefinition,
} from '../../../src/index.ts'
import { linesOf, readDevice, runWg } from '../node-facts.ts'
import { type Actors, actorsOf, addressOf, type EncryptionWorld, PORT, TUNNEL } from '../world.ts'

/** What `wg` tells of the nodes, and where their keys are. */
export const peers: StepDefinition<EncryptionWorld> = {
  id: 'peers',
  title: 'look at the peers and the keys of the nodes',
  claims: ['S2.3', 'S2.4', 'S2.15', 'S2.16'],
  async run(context, world) {
    await claimPeers(context, world)
    await claimKeys(context, world)
    await claimNoCiphers(context, actorsOf(context, world))
  },
}

async function claimPeers(context: StepContext, world: EncryptionWorld): Promise<void> {
  const { nodes } = context.cluster
  const { items } = await context.cluster.api.core.listPodForAllNamespaces()
  for (const node of nodes) {
    const device = await readDevice(node)
    const others = nodes.filter((other) => other !== node)
    await context.claim('S2.15', (claim) => {
      claim.observe(`${node.name}: peers`, isEqual(device?.peers.length, others.length))
      claim.observe(
        `${node.name}: their endpoints`,
        isEqual(
          device?.peers.map(({ endpoint }) => endpoint ?? '').toSorted(),
          others.map((other) => `${addressOf(other)}:${PORT}`).toSorted(),
        ),
      )
    })
    await context.claim('S2.16', (claim) => {
      claim.observe(`${node.name}: the private key is hidden`, isEqual(device?.privateKeyHidden, true))
      claim.observe(`${node.name}: the port`, isEqual(device?.listenPort, PORT))
      for (const other of others) {
        const pods = items.filter(({ spec }) => spec?.nodeName === other.name && !spec.hostNetwork)
        const addresses = pods.flatMap(({ status }) =>
          (status?.podIPs ?? []).map(({ ip }) => `${ip}/${ip.includes(':') ? 128 : 32}`),
        )
        claim.observe(
          `${node.name}: what ${other.name} may send and receive`,
          hasAllowed(device, other, addresses, world.isBuiltin),
        )
      }
    })
  }
}

/** Cilium has addresses of its own among them (router, health; the node's in variant B): of those of others nothing is said. */
function hasAllowed(device: ShownDevice | undefined, other: Host, wanted: readonly string[], exactly: boolean): Judged {
  const peer = device?.peers.find(({ endpoint }) => endpoint === `${addressOf(other)}:${PORT}`)
  const allowed = peer?.allowedIps ?? []
  const shown = exactly ? allowed : allowed.filter((prefix) => wanted.includes(prefix))
  return isEqual(shown.toSorted(), wanted.toSorted())
}

async function claimKeys(context: StepContext, { isBuiltin }: EncryptionWorld): Promise<void> {
  const keys = await Promise.all(
    context.cluster.nodes.map(async (node) => (await readDevice(node))?.publicKey ?? node.name),
  )
  const { items } = await context.cluster.api.core.listNode()
  await context.claim('S2.4', (claim) => {
    claim.observe('the nodes have different keys', isEqual(new Set(keys).size, keys.length))
    // Cilium annotates its CiliumNode, which `wg` on the other nodes speaks for.
    if (!isBuiltin) return
    for (const [at, node] of context.cluster.nodes.entries()) {
      const annotations = items.find(({ metadata }) => metadata?.name === node.name)?.metadata?.annotations ?? {}
      claim.observe(
        `${node.name}: the key that it has published is its own`,
        isEqual(annotations[publicKeyAnnotation], keys[at]),
      )
    }
  })
  for (const node of context.cluster.nodes) {
    const peers = (await readDevice(node))?.peers.map(({ publicKey }) => publicKey) ?? []
    const others = keys.filter((_, at) => context.cluster.nodes[at] !== node)
    await context.claim('S2.4', (claim) => {
      claim.observe(
        `${node.name}: its peers have the keys of the other nodes`,
        isEqual(peers.toSorted(), others.toSorted()),
      )
    })
    if (isBuiltin) await claimKeyFile(context, node)
  }
}

async function claimKeyFile(context: StepContext, node: Host): Promise<void> {
  const { stdout } = await ensureSuccess(node, ['stat', '-c', '%a %u %s', '/run/cilium/state/cilium_wg0.key'])
  await context.claim('S2.4', (claim: ClaimRecorder) => {
    claim.observe(
      `${node.name}: mode, owner and bytes of the file of its private key`,
      isEqual(stdout.trim(), '600 0 32'),
    )
  })
}

async function claimNoCiphers(context: StepContext, { left }: Actors): Promise<void> {
  const refused = await Promise.all(
    [
      ['cipher', 'aes-256-gcm'],
      ['key-size', '512'],
    ].map((words) => runWg(left, 'set', TUNNEL, ...words)),
  )
  const fwmark = linesOf(await runWg(left, 'show', TUNNEL, 'fwmark'))[0] ?? 'off'
  const known = await runWg(left, 'set', TUNNEL, 'fwmark', fwmark)
  await context.claim('S2.3', (claim) => {
    claim.control('wg set takes an option that there is', isEqual(known.exitCode, 0))
    for (const { argv, exitCode, stderr } of refused) {
      claim.observe(argv.slice(argv.indexOf('wg')).join(' '), {
        ...isEqual(exitCode, 1),
        observed: stderr.trim().split('\n')[0] ?? '',
      })
    }
  })
}
