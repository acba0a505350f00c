import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { AccessHost } from '../../cluster/access-host.ts'
import type { Docker } from '../../docker/docker.ts'
import { MatrixProber } from '../../probe/matrix/matrix-prober.ts'
import type { MatrixResult } from '../../probe/matrix/types.ts'
import { DockerAccess } from './docker-access.ts'
import { CLUSTER_LABEL, OWNER_LABEL, ownerOf } from './labels.ts'
import { removeCluster } from './leftovers.ts'
import type { PodNetworks } from './pod-networks.ts'
import { buildAgentImage, TEST_AGENT_IMAGE } from './testing/agent-image.ts'
import { startContainerNode } from './testing/container-nodes.ts'
import { buildTestImage, dockerForTests } from './testing/docker-for-tests.ts'

const found = await dockerForTests()
const CLUSTER = `packetproof-test-${process.pid}-prober`
const NODE = `${CLUSTER}-worker`
const [CLIENT, SERVER] = ['10.40.0.2', '10.40.0.3']

/** Two network namespaces in the node, with a pair of interfaces between them. */
const MAKE_PODS = String.raw`
sleeper() { unshare -n sh -c 'echo $$ >'"$1"'; exec sleep 1000000' >/dev/null 2>&1 & until [ -s "$1" ]; do sleep 0.02; done; }
sleeper /run/client; sleeper /run/server
client=$(cat /run/client) server=$(cat /run/server)
ip link add eth0 netns "$client" type veth peer name eth0 netns "$server"
for pair in "$client $0" "$server $1"; do
  set -- $pair "$1"
  nsenter "--net=/proc/$1/ns/net" -- ip address add "$2/24" dev eth0
  nsenter "--net=/proc/$1/ns/net" -- ip link set eth0 up
  nsenter "--net=/proc/$1/ns/net" -- ip link set lo up
  set -- "$3"
done
`

describe('a prober beside a node that is a container', () => {
  let docker: Docker
  let node: AccessHost

  beforeAll(async () => {
    if (!('docker' in found)) return
    docker = found.docker
    await buildTestImage(docker)
    buildAgentImage(docker)
    const labels = { [CLUSTER_LABEL]: CLUSTER, [OWNER_LABEL]: ownerOf() }
    await startContainerNode(docker, { name: NODE, cluster: CLUSTER, role: 'worker', network: 'none', labels })
    await docker.run(['exec', NODE, 'sh', '-c', MAKE_PODS, CLIENT, SERVER])
    const directory = { nodes: [NODE], machines: new Map(), agents: { cluster: CLUSTER, image: TEST_AGENT_IMAGE } }
    const access = new DockerAccess(docker, directory, {} as PodNetworks)
    node = new AccessHost(access, { kind: 'node', name: NODE }, 'node', NODE, [], () => undefined)
  })
  afterAll(async () => {
    if (!('docker' in found)) return
    await removeCluster(docker, CLUSTER)
    await docker.try(['image', 'rm', '--force', TEST_AGENT_IMAGE])
  })
  beforeEach((context) => {
    if ('reason' in found) context.skip(found.reason)
  })

  const containers = async (): Promise<readonly string[]> =>
    await docker.lines([
      'container',
      'ls',
      '--all',
      '--format',
      '{{.Names}}',
      '--filter',
      `label=${CLUSTER_LABEL}=${CLUSTER}`,
    ])

  async function probe(prober: MatrixProber): Promise<MatrixResult> {
    // A pod is probed from its node, by its address.
    const pod = Object.assign(
      new AccessHost(
        {} as DockerAccess,
        { kind: 'pod', namespace: 'n', name: 'client' },
        'pod',
        'client',
        [CLIENT],
        () => undefined,
      ),
      { node },
    )
    const target = { name: 'server', addresses: [SERVER], servers: [] }
    return await prober.run({
      sources: [{ name: 'client', host: pod }],
      targets: [target],
      ports: [{ protocol: 'tcp', port: 80 }],
      timeoutMs: 300,
    })
  }

  it('probes from inside a pod, by an agent that shares the processes and the network of the node', async () => {
    await using prober = new MatrixProber()
    expect((await probe(prober)).cells).toMatchObject([{ from: 'client', to: 'server', outcome: 'refused' }])
    expect(await containers()).toHaveLength(2)
    await docker.run([
      'exec',
      NODE,
      'sh',
      '-c',
      `nsenter --net=/proc/$(cat /run/server)/ns/net -- ip link set eth0 down`,
    ])
    expect((await probe(prober)).cells).not.toMatchObject([{ outcome: 'refused' }])
  })

  it('leaves no container behind', async () => {
    await expect.poll(containers, { timeout: 5000 }).toEqual([NODE])
  })
})
