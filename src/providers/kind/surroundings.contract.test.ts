import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { parseCidr } from '../../../helpers/cidr.ts'
import { type ClusterProfile, profileSchema } from '../../cluster/profile.ts'
import type { Docker } from '../../docker/docker.ts'
import { removeKindLeftovers } from '../../lab/remove-leftovers.ts'
import { connectNodes, startSurroundings } from './build-surroundings.ts'
import { chooseSubnets, moveToSubnets } from './choose-subnets.ts'
import { findCluster } from './find-cluster.ts'
import { installTools } from './install-tools.ts'
import { CLUSTER_LABEL, OWNER_LABEL, ownerOf, RETAIN_LABEL } from './labels.ts'
import { listLeftoverClusters, removeAbandoned, removeCluster } from './leftovers.ts'
import { networkNames, nodeNetworkArguments, outsideNetworkArguments, usedSubnets } from './networks.ts'
import { planMachines } from './plan-machines.ts'
import { startContainerNode } from './testing/container-nodes.ts'
import { buildTestImage, dockerForTests, TEST_IMAGE } from './testing/docker-for-tests.ts'

const found = await dockerForTests()
const CLUSTER = `packetproof-test-${process.pid}`
const NODE = `${CLUSTER}-control-plane`
const POD_CIDR = '10.77.1.0/24'

const described = profileSchema.parse({
  name: 'surroundings',
  description: 'One node with one pod, and machines that know the nodes, the pods, or nothing.',
  nodeSubnets: ['172.30.0.0/24', 'fd00:30::/64'],
  podCidrs: ['10.77.0.0/16'],
  serviceCidrs: ['10.78.0.0/16'],
  nodes: [{ name: 'one', role: 'control-plane' }],
  outsiders: [{ name: 'outsider', addresses: ['172.30.0.50', 'fd00:30::50'] }],
  externalHosts: [
    { name: 'database', addresses: ['10.0.0.2/24'], routes: ['172.30.0.0/24'] },
    {
      name: 'partner',
      addresses: ['192.0.2.10/24', '2001:db8:1::10/64'],
      routes: ['172.30.0.0/24', 'fd00:30::/64', '10.77.0.0/16'],
    },
    { name: 'alone', addresses: ['198.51.100.9/32'], routes: ['172.30.0.0/24'] },
  ],
})

function labels(owner: string, retain = false): Record<string, string> {
  return { [CLUSTER_LABEL]: CLUSTER, [OWNER_LABEL]: owner, [RETAIN_LABEL]: String(retain) }
}

/** Machines by testcontainers, beside a container that stands for a node and carries kind's labels. */
describe('the surroundings of a kind cluster', () => {
  let docker: Docker
  let profile: ClusterProfile

  const exec = async (container: string, ...argv: readonly string[]): Promise<string> =>
    (await docker.try(['exec', container, ...argv])).stdout
  const pings = async (container: string, to: string): Promise<boolean> =>
    (await exec(container, 'ping', '-c', '1', '-W', '1', to)).includes(' 0% packet loss')
  const inPod = async (...argv: readonly string[]): Promise<string> =>
    await exec(NODE, 'sh', '-c', 'exec nsenter --net=/proc/$(cat /run/pod)/ns/net -- "$@"', 'sh', ...argv)

  beforeAll(async () => {
    if (!('docker' in found)) return
    docker = found.docker
    await buildTestImage(docker)
    const networks = networkNames(CLUSTER)
    const subnets = chooseSubnets(described, await usedSubnets(docker))
    profile = moveToSubnets(described, subnets)
    await docker.run(nodeNetworkArguments(networks.nodes, subnets, labels(ownerOf())))
    await docker.run(outsideNetworkArguments(networks.outside, labels(ownerOf())))
    const plan = planMachines(profile, CLUSTER)
    const surroundings = { profile, plan, networks, image: TEST_IMAGE, labels: labels(ownerOf()) }
    await startSurroundings(docker, surroundings)
    await startContainerNode(docker, { name: NODE, cluster: CLUSTER, role: 'control-plane', network: networks.nodes })
    await startPod()
    const nodes = [{ name: NODE, addresses: await addressesOf(NODE), podCidrs: [POD_CIDR] }]
    await connectNodes(docker, surroundings, nodes)
  })

  afterAll(async () => {
    if (docker !== undefined) await removeCluster(docker, CLUSTER)
  })

  beforeEach((context) => {
    if ('reason' in found) context.skip(found.reason)
  })

  /** A network namespace on a veth pair, with an address of the node's part of the pod CIDR. */
  async function startPod(): Promise<void> {
    const pod = 'echo $$ > /run/pod; exec sleep 1000000'
    await docker.run(['exec', '--detach', NODE, 'unshare', '-n', 'sh', '-c', pod])
    const connect = [
      'until [ -s /run/pod ]; do sleep 0.05; done; pid=$(cat /run/pod)',
      'ip link add calitest type veth peer name eth0 netns $pid && ip link set calitest up',
      'ip route add 10.77.1.2/32 dev calitest && ip address add 169.254.1.1/32 dev calitest',
      'alias_ns() { nsenter --net=/proc/$pid/ns/net -- "$@"; }',
      'alias_ns ip address add 10.77.1.2/32 dev eth0 && alias_ns ip link set eth0 up',
      'alias_ns ip route add 169.254.1.1 dev eth0 && alias_ns ip route add default via 169.254.1.1',
    ].join(' && ')
    await docker.run(['exec', NODE, 'sh', '-c', connect])
  }

  async function addressesOf(container: string): Promise<readonly string[]> {
    const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.GlobalIPv6Address}}{{end}}'
    return (await docker.run(['container', 'inspect', '--format', format, container])).trim().split(' ')
  }

  it('are found by their labels, with the node', async () => {
    const cluster = await findCluster(docker, CLUSTER)
    expect(cluster.nodes).toEqual([NODE])
    expect(cluster.machines.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      'external-host alone',
      'external-host database',
      'outsider outsider',
      'external-host partner',
    ])
    expect(cluster.machines.find(({ name }) => name === 'partner')?.addresses).toEqual(['192.0.2.10', '2001:db8:1::10'])
  })

  it('have an outsider that reaches the nodes in both families, and nothing beyond', async () => {
    for (const address of await addressesOf(NODE)) expect(await pings(`${CLUSTER}.outsider`, address)).toBe(true)
    expect(await pings(`${CLUSTER}.outsider`, '10.0.0.2')).toBe(false)
    expect(await exec(`${CLUSTER}.outsider`, 'ip', 'route', 'show', 'default')).toBe('')
  })

  it('have external hosts that answer nodes by way of the router, with the addresses of the profile', async () => {
    for (const address of ['10.0.0.2', '192.0.2.10', '2001:db8:1::10', '198.51.100.9']) {
      expect(`${address} ${await pings(NODE, address)}`).toBe(`${address} true`)
    }
    expect(await exec(`${CLUSTER}.database`, 'ip', '-o', '-4', 'address', 'show', 'dev', 'eth0')).toContain(
      ' 10.0.0.2/24 ',
    )
  })

  it('have external hosts that answer pods only where they have a route to them', async () => {
    expect(await inPod('ping', '-c', '1', '-W', '1', '192.0.2.10')).toContain(' 0% packet loss')
    expect(await inPod('ping', '-c', '1', '-W', '1', '10.0.0.2')).toContain('100% packet loss')
  })

  it('have no way out: what nobody has is answered by the router, or by nobody', async () => {
    const subnet = parseCidr(profile.nodeSubnets[0] ?? '')
    expect(await exec(NODE, 'ip', 'route', 'show', 'default')).toContain(` via ${subnet.text.replace('.0/24', '.1')} `)
    for (const machine of ['router', 'outsider', 'database', 'partner', 'alone']) {
      expect(await exec(`${CLUSTER}.${machine}`, 'ip', 'route', 'show', 'default')).toBe('')
    }
    expect(await exec(NODE, 'ping', '-c', '1', '-W', '1', '8.8.8.8')).toContain('100% packet loss')
  })

  it('bring their tools into the node, and replace none that it has', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'packetproof-tools-test-'))
    try {
      await exec(
        NODE,
        'sh',
        '-c',
        'rm -rf /opt/packetproof; printf "#!/bin/sh\\necho own\\n" > /bin/ipset; chmod 755 /bin/ipset',
      )
      expect((await docker.try(['exec', NODE, 'tcpdump', '--version'])).exitCode).not.toBe(0)
      await installTools(docker, { nodes: [NODE], image: TEST_IMAGE, folder, labels: labels(ownerOf()) })
      expect((await docker.try(['exec', NODE, 'tcpdump', '--version'])).exitCode).toBe(0)
      expect(await exec(NODE, 'ipset', 'list')).toBe('own\n')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('are on a subnet that another network does not have, wherever the profile wanted them', async () => {
    const [wanted] = chooseSubnets(profile, await usedSubnets(docker))
    expect(wanted?.text).not.toBe(profile.nodeSubnets[0])
  })

  it('stay while their maker lives, and while they are to be kept; else the next run removes them', async () => {
    const mine = (await listLeftoverClusters(docker)).find(({ name }) => name === CLUSTER)
    expect(mine).toMatchObject({ isRetained: false, isAbandoned: false })
    expect(mine?.containers).toHaveLength(6)
    expect(mine?.networks).toHaveLength(2)
    expect(await removeAbandoned(docker)).not.toContain(CLUSTER)
    const dead = ownerOf(Number(execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' })))
    const names = { kept: `${CLUSTER}-kept`, dropped: `${CLUSTER}-dropped` }
    try {
      for (const [index, name] of [names.kept, names.dropped].entries()) {
        const own = { ...labels(dead, index === 0), [CLUSTER_LABEL]: name }
        await docker.run(outsideNetworkArguments(`${name}.outside`, own))
      }
      const removed = await removeAbandoned(docker)
      expect([names.kept, names.dropped, CLUSTER].map((name) => removed.includes(name))).toEqual([false, true, false])
      const asked = await removeKindLeftovers(() => undefined)
      expect([names.kept, CLUSTER].map((name) => asked.includes(name))).toEqual([true, false])
    } finally {
      for (const name of Object.values(names)) await removeCluster(docker, name)
    }
  })

  it('leave nothing, and may be removed twice', async () => {
    await removeCluster(docker, CLUSTER)
    await removeCluster(docker, CLUSTER)
    expect(await docker.lines(['container', 'ls', '--all', '--quiet', '--filter', `name=${CLUSTER}`])).toEqual([])
    expect(await docker.lines(['network', 'ls', '--quiet', '--filter', `name=${CLUSTER}`])).toEqual([])
  })
})
