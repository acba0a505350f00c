import {
  type Cluster,
  deploySidecar,
  ensureSuccess,
  isEqual,
  listsSelectedRules,
  type Pod,
  readRuleset,
  runSidecarPods,
  type StepContext,
  type StepDefinition,
  sidecarContainers,
  waitFor,
} from '../../../src/index.ts'
import { appPod, chooseSidecar } from '../pods.ts'
import { hasConnectionLog } from '../proxy-log.ts'
import { ipOf } from '../talk.ts'
import { APP_PORT, MESH, PEER_PORT, type PodName, type SidecarWorld } from '../world.ts'

const inMesh: readonly PodName[] = ['productpage', 'reviews', 'ratings']

/** What the document shows of istio-init's command. */
const documentedArguments = '-p 15001 -z 15006 -u 1337 -m REDIRECT -i * -x  -b * -d 15090,15021,15020'.split(' ')

export const mesh: StepDefinition<SidecarWorld> = {
  id: 'mesh',
  deploys: 'sidecar',
  title: 'create the three services in an injected namespace, and a pod outside it',
  claims: ['S1.1', 'S1.2', 'S1.3', 'S1.15', 'S1.15a'],
  essential: true,
  // The istiod that is there; the namespace is the scenario's own.
  whenPresent: createMesh,
  run: createMesh,
}

async function createMesh(context: StepContext, world: SidecarWorld): Promise<void> {
  world.options = await chooseSidecar(context)
  await deploySidecar(context.cluster, world.options)
  await createPods(context, world)
  await claimInjection(context, world)
  await claimAdmission(context, world)
  await claimRules(context, world)
}

async function createPods(context: StepContext, world: SidecarWorld): Promise<void> {
  const { cluster, signal } = context
  const [pods, plain] = await Promise.all([
    runSidecarPods(
      cluster,
      inMesh.map((name) => appPod(context, name)),
      world.options,
      { signal },
    ),
    createPlainPod(context),
    startPeer(cluster, signal),
  ])
  for (const [index, pod] of pods.entries()) world.pods.set(inMesh[index] ?? 'plain', pod)
  world.pods.set('plain', plain)
  world.hasConnectionLog = await hasConnectionLog(context, world.pod('reviews'))
  // The first packet of a pod is preceded by finding its neighbour.
  await Promise.all(pods.map(async (pod) => await plain.exec(['ping', '-c', '1', '-W', '1', ipOf(pod)], { signal })))
}

/** It only asks; nobody asks it. */
async function createPlainPod(context: StepContext): Promise<Pod> {
  return await context.cluster.runPod({ name: 'plain', node: appPod(context, 'plain').spec.nodeName ?? '' })
}

/** A machine outside the mesh that echoes; it ends with the cluster. */
async function startPeer(cluster: Cluster, signal: AbortSignal): Promise<void> {
  const peer = cluster.machine('database')
  await peer.spawn(['busybox', 'nc', '-ll', '-p', String(PEER_PORT), '-e', 'cat'])
  const listens = async (): Promise<boolean> =>
    (await ensureSuccess(peer, ['ss', '-Hltn', `sport = :${PEER_PORT}`], { signal })).stdout !== ''
  await waitFor('the machine outside to listen', listens, { timeoutMs: 5000, signal })
}

async function claimInjection(context: StepContext, world: SidecarWorld): Promise<void> {
  const { core } = context.cluster.api
  const { spec } = await core.readNamespacedPod({ namespace: MESH, name: 'reviews' })
  const init = spec?.initContainers?.find(({ name }) => name === sidecarContainers.init)
  const listening = await world.pod('reviews').exec(['ss', '-Hltn'], { signal: context.signal })
  const ports = new Set([...listening.stdout.matchAll(/:(\d+) /g)].map(([, port]) => Number(port)))
  await context.claim('S1.1', (claim) => {
    claim.observe('init containers', isEqual(names(spec?.initContainers), [sidecarContainers.init]))
    claim.observe('containers', isEqual(names(spec?.containers), ['app', sidecarContainers.proxy]))
    for (const [port, who] of [
      [APP_PORT, 'the app'],
      [15_001, 'the proxy'],
      [15_006, 'the proxy'],
    ] as const) {
      claim.observe(`${who} listens on ${port} in the namespace of the pod`, isEqual(ports.has(port), true))
    }
  })
  await context.claim('S1.3', (claim) => {
    const observed = init?.args?.filter((word) => !['pilot-agent', 'istio-iptables'].includes(word)) ?? []
    claim.observe(
      'arguments of istio-init',
      isEqual(observed.slice(0, documentedArguments.length), documentedArguments),
    )
  })
}

/** What becomes of a pod that is handed in without a sidecar; nothing is kept of it. */
async function claimAdmission(context: StepContext, { options }: SidecarWorld): Promise<void> {
  const { metadata, spec } = appPod(context, 'reviews')
  const body = { metadata: { name: 'asked-for', annotations: { ...metadata?.annotations } }, spec }
  const created = await context.cluster.api.core.createNamespacedPod({ namespace: MESH, body, dryRun: 'All' })
  const [asked] = spec.containers
  const app = created.spec?.containers.find(({ name }) => name === 'app')
  const isInjected = names(created.spec?.containers).includes(sidecarContainers.proxy)
  await context.claim('S1.2', (claim) => {
    if (!isInjected && options.variant !== 'upstream') {
      claim.skip('needs an API that injects pods when they are created: the embedded cluster, or istiod')
      return
    }
    claim.control('containers that were asked for', isEqual(names(spec.containers), ['app']))
    claim.observe('the proxy was put in', isEqual(isInjected, true))
    claim.observe(
      'image, arguments and user of the app',
      isEqual(
        [app?.image, app?.args, app?.securityContext?.runAsUser],
        [asked?.image, asked?.args, asked?.securityContext?.runAsUser],
      ),
    )
  })
}

function names(containers: readonly { readonly name: string }[] = []): string[] {
  return containers.map(({ name }) => name)
}

/** How OUTPUT leads to ISTIO_OUTPUT. */
async function claimRules(context: StepContext, world: SidecarWorld): Promise<void> {
  const rules = await readRuleset(world.pod('reviews'), { table: 'nat', signal: context.signal })
  const jump = { table: 'nat', chain: 'OUTPUT', target: 'ISTIO_OUTPUT' } as const
  await context.claim('S1.15', (claim) => {
    claim.observe('the jump', listsSelectedRules(rules, jump, ['-p tcp -j ISTIO_OUTPUT']))
  })
  await context.claim('S1.15a', (claim) => {
    claim.observe('the jump', listsSelectedRules(rules, jump, ['-j ISTIO_OUTPUT']))
  })
}
