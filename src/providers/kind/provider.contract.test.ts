import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProvidedCluster } from '../../cluster/node-access.ts'
import { profileSchema } from '../../cluster/profile.ts'
import type { Docker } from '../../docker/docker.ts'
import { createNetnsCluster } from '../netns/provider.ts'
import { testProvider } from '../testing/provider-contract.test-helper.ts'
import { kindCapabilities } from './capabilities.ts'
import { DockerAccess } from './docker-access.ts'
import { installTools } from './install-tools.ts'
import { CLUSTER_LABEL, OWNER_LABEL, ownerOf } from './labels.ts'
import { removeCluster } from './leftovers.ts'
import { PodNetworks } from './pod-networks.ts'
import { SandboxedAccess, startContainerNode } from './testing/container-nodes.ts'
import { buildTestImage, dockerForTests, TEST_IMAGE } from './testing/docker-for-tests.ts'

const found = await dockerForTests()
const CLUSTER = `packetproof-test-${process.pid}-contract`
const nodes = [`${CLUSTER}-control-plane`, `${CLUSTER}-worker`, `${CLUSTER}-worker2`]
const labels = { [CLUSTER_LABEL]: CLUSTER, [OWNER_LABEL]: ownerOf() }

const profile = profileSchema.parse({
  name: 'containers',
  description: 'A control plane and two workers, of the names that kind would give them.',
  nodeSubnets: ['172.30.0.0/24'],
  podCidrs: ['10.30.0.0/16'],
  serviceCidrs: ['10.31.0.0/16'],
  nodes: nodes.map((name, index) => ({ name, role: index === 0 ? 'control-plane' : 'worker' })),
})

/** Real node access, real networks; the API is that of a netns cluster, because there is no image of Kubernetes here. */
async function provide(docker: Docker): Promise<ProvidedCluster> {
  await docker.run(['network', 'create', '--label', `${CLUSTER_LABEL}=${CLUSTER}`, CLUSTER])
  for (const name of nodes) {
    const role = name.endsWith('control-plane') ? 'control-plane' : 'worker'
    await startContainerNode(docker, { name, cluster: CLUSTER, role, network: CLUSTER, labels })
    await docker.run(['exec', name, 'iptables', '-t', 'nat', '-L', '-n'])
  }
  const folder = mkdtempSync(join(tmpdir(), 'packetproof-contract-'))
  await installTools(docker, { nodes, image: TEST_IMAGE, folder, labels }).finally(() =>
    rmSync(folder, { recursive: true }),
  )
  const api = await createNetnsCluster(profile, { name: 'containers' })
  const config = new KubeConfig()
  config.loadFromString(api.kubeconfig)
  const core = config.makeApiClient(CoreV1Api)
  const access = new DockerAccess(docker, { nodes, machines: new Map() }, new PodNetworks(docker, core))
  return {
    ...api,
    provider: 'kind',
    capabilities: kindCapabilities(profile),
    access: new SandboxedAccess(docker, core, nodes, access),
    [Symbol.asyncDispose]: async () => {
      await api[Symbol.asyncDispose]()
      await removeCluster(docker, CLUSTER)
    },
  }
}

const docker = 'docker' in found ? found.docker : undefined

it('Docker is there for the contract of all providers', async (context) => {
  context.skip('reason' in found, 'reason' in found ? found.reason : undefined)
  expect((await docker?.try(['version']))?.exitCode).toBe(0)
})

describe.skipIf(docker === undefined)('containers that stand for nodes', () => {
  const present = docker as Docker
  beforeAll(async () => await buildTestImage(present))
  afterAll(async () => await removeCluster(present, CLUSTER))
  testProvider('kind', profile, async () => await provide(present))
})
