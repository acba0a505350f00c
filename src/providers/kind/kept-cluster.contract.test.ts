import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { findTool } from '../../../helpers/find-tool.ts'
import { connectCluster } from '../../cluster/kube-cluster.ts'
import type { ProvidedCluster } from '../../cluster/node-access.ts'
import { profileSchema } from '../../cluster/profile.ts'
import type { Docker } from '../../docker/docker.ts'
import { createNetnsCluster } from '../netns/provider.ts'
import { listLeftoverClusters, removeCluster } from './leftovers.ts'
import { createKindCluster } from './provider.ts'
import { buildTestImage, dockerForTests, TEST_IMAGE } from './testing/docker-for-tests.ts'

const found = await dockerForTests()
const NAME = `kept-${process.pid}`
const CLUSTER = `packetproof-${NAME}`

const profile = profileSchema.parse({
  name: 'kept',
  description: 'A control plane, a worker, an outsider and an external host.',
  nodeSubnets: ['172.29.0.0/24'],
  podCidrs: ['10.30.0.0/16'],
  serviceCidrs: ['10.31.0.0/16'],
  nodes: [{ name: 'one', role: 'control-plane' }, { name: 'two' }],
  outsiders: [{ name: 'outsider' }],
  externalHosts: [{ name: 'far', addresses: ['203.0.113.10/24'], routes: ['172.29.0.0/24'] }],
})

/**
 * Stands for kind where there is no image of Kubernetes: it makes containers of the same names and labels on the same network, and its
 * kubeconfig is that of a netns cluster.
 */
const STAND_IN = String.raw`
case "$1 $2" in
  'version ') echo kind v0.33.0 ;;
  'create cluster')
    cat >"$FOLDER/config.yaml"
    for role in control-plane worker; do
      node=$4-$role
      docker run --detach --init --name "$node" --hostname "$node" --net "$KIND_EXPERIMENTAL_DOCKER_NETWORK" \
        --label "io.x-k8s.kind.cluster=$4" --label "io.x-k8s.kind.role=$role" --cap-add NET_ADMIN "$6" >/dev/null
      address=$(docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$node")
      printf -- '- {metadata: {name: %s}, spec: {podCIDRs: []}, status: {addresses: [{type: InternalIP, address: %s}]}}\n' \
        "$node" "$address"
    done >"$FOLDER/items.yaml"
    { echo 'items:'; cat "$FOLDER/items.yaml"; } | docker exec --interactive "$4-control-plane" sh -c 'cat >/run/nodes.yaml'
    docker exec "$4-control-plane" sh -c 'printf "#!/bin/sh\ncat /run/nodes.yaml\n" >/bin/kubectl; chmod 755 /bin/kubectl' ;;
  'get kubeconfig') cat "$FOLDER/kubeconfig" ;;
esac
`

describe('a cluster that is kept', () => {
  let docker: Docker
  let api: ProvidedCluster
  let first: ProvidedCluster
  let folder: string
  const notes: string[] = []
  const provide = async (changes: object = {}): Promise<ProvidedCluster> => {
    const choices = { name: NAME, image: TEST_IMAGE, toolImage: TEST_IMAGE, podImages: [], retain: true }
    return await createKindCluster({ ...profile, ...changes }, { ...choices, onNote: (text) => notes.push(text) })
  }

  beforeAll(async () => {
    if (!('docker' in found)) return
    docker = found.docker
    await buildTestImage(docker)
    folder = mkdtempSync(join(tmpdir(), 'packetproof-kept-'))
    const nodes = [{ name: `${CLUSTER}-control-plane`, role: 'control-plane' as const }, { name: `${CLUSTER}-worker` }]
    api = await createNetnsCluster(profileSchema.parse({ ...profile, nodes, outsiders: [], externalHosts: [] }), {
      name: 'kept',
    })
    writeFileSync(join(folder, 'kubeconfig'), api.kubeconfig)
    writeFileSync(join(folder, 'kind'), `#!/bin/sh\nset -e\nFOLDER=${folder}\n${STAND_IN}`)
    chmodSync(join(folder, 'kind'), 0o755)
    symlinkSync(findTool('docker') ?? '', join(folder, 'docker'))
    vi.stubEnv('PACKETPROOF_TOOL_PATH', folder)
    first = await provide()
  })

  afterAll(async () => {
    vi.unstubAllEnvs()
    await first?.[Symbol.asyncDispose]()
    await api?.[Symbol.asyncDispose]()
    if (docker !== undefined) await removeCluster(docker, CLUSTER)
    if (folder !== undefined) rmSync(folder, { recursive: true })
  })

  beforeEach((context) => {
    context.skip('reason' in found, 'reason' in found ? found.reason : undefined)
  })

  it('has the nodes and the machines of the profile, with their tools and their networks', async () => {
    const cluster = await connectCluster(first, { profile })
    expect(cluster.nodes.map(({ name, profileName }) => `${profileName} is ${name}`)).toEqual([
      `one is ${CLUSTER}-control-plane`,
      `two is ${CLUSTER}-worker`,
    ])
    expect(cluster.machines.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      'external-host far',
      'outsider outsider',
    ])
    expect(first.environment).toMatchObject({ kind: 'v0.33.0', nodeImage: TEST_IMAGE, networkPlugin: 'default' })
    const node = cluster.node('two')
    expect((await node.exec(['tcpdump', '--version'])).exitCode).toBe(0)
    expect((await node.exec(['ping', '-c', '1', '-W', '2', '203.0.113.10'])).exitCode).toBe(0)
    expect((await node.exec(['ip', 'route', 'show', 'default'])).stdout).toMatch(/ via \S+\.1 dev eth0/)
  })

  it('stays when it is disposed of, and is used by the next run that makes the same', async () => {
    await first[Symbol.asyncDispose]()
    const second = await provide()
    expect(notes.at(-1)).toBe(`using the cluster ${CLUSTER}, which an earlier run has kept`)
    expect(second.machines).toEqual(first.machines)
    await second[Symbol.asyncDispose]()
  })

  it('is not taken for one of another profile', async () => {
    await expect(provide({ description: 'Another one.' })).rejects.toThrow(`the name ${CLUSTER} is in use`)
  })

  it('tells its user when its control plane ends, and is then refused', async () => {
    const second = await provide()
    await docker.run(['stop', '--time', '0', `${CLUSTER}-control-plane`])
    await expect(second.died).rejects.toMatchObject({ code: 'E_CLUSTER' })
    await second[Symbol.asyncDispose]()
    await expect(provide()).rejects.toThrow(`the kept cluster ${CLUSTER} is not complete, or does not run`)
  })

  it('is removed with all that belongs to it', async () => {
    expect((await listLeftoverClusters(docker)).find(({ name }) => name === CLUSTER)?.containers).toHaveLength(5)
    await removeCluster(docker, CLUSTER)
    expect((await listLeftoverClusters(docker)).map(({ name }) => name)).not.toContain(CLUSTER)
  })
})
