import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { dryRunForwardGuard, readNodeObjects } from './dry-run.ts'
import { parseForwardGuardFlags } from './flags.ts'
import { forwardGuardManifest, guardArguments } from './manifest.ts'
import { documentForward, filterTable, kubeForward, nodeObject } from './tables.test-helper.ts'

let folder: string
const nodes = [1, 2].map((n) => ({ kind: 'Node', ...nodeObject(`node-${n}`, [`172.18.10.${n}`], [`10.42.${n}.0/24`]) }))

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packetproof-forward-guard-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

async function file(text: string): Promise<string> {
  const path = join(folder, 'input')
  await writeFile(path, text)
  return path
}

describe('a dry run without a cluster', () => {
  it('prints both payloads, the place and the reason', async () => {
    const rules = await file(filterTable(documentForward, kubeForward))
    const flags = parseForwardGuardFlags(['--dry-run', '--interface=ens18', `--rules-from=${rules}`])
    const { stdout, warnings } = await dryRunForwardGuard(flags, nodes)
    expect(warnings).toEqual([])
    expect(stdout).toBe(`# IPv4, interface ens18
# ipset restore
create cluster_nodes hash:ip family inet hashsize 1024 maxelem 65536
add cluster_nodes 172.18.10.1
add cluster_nodes 172.18.10.2
# the rule goes to place 12 of FORWARD:
#   after the accept of established traffic (rule 2: -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD), after the accept of pods as the source (rule 11: -s 10.42.0.0/16 -j ACCEPT), before the accept of pods as the destination (rule 12: -d 10.42.0.0/16 -j ACCEPT)
# iptables-restore --noflush
*filter
-I FORWARD 12 -i ens18 -m set ! --match-set cluster_nodes src -j REJECT
COMMIT
`)
    const sets = await dryRunForwardGuard({ ...flags, payload: 'sets' }, nodes)
    expect(sets.stdout).toBe(stdout.split('\n').slice(2, 5).join('\n').concat('\n'))
  })

  it('refuses a node that is not among the nodes, and what is no listing', async () => {
    const rules = await file(filterTable(documentForward, kubeForward))
    const argv = ['--dry-run', '--interface=ens18', `--rules-from=${rules}`]
    await expect(dryRunForwardGuard(parseForwardGuardFlags([...argv, '--node=node-9']), nodes)).rejects.toThrow(
      "this node, node-9, is not among the cluster's nodes (node-1, node-2)",
    )
    await writeFile(rules, 'Chain FORWARD (policy DROP)\n')
    await expect(dryRunForwardGuard(parseForwardGuardFlags(argv), nodes)).rejects.toThrow(
      'is a listing of "iptables -L"',
    )
  })
})

describe('Node objects from a file', () => {
  it('are read from a List in JSON or YAML, from documents, from one Node', async () => {
    const yaml = nodes.map((node) => JSON.stringify(node)).join('\n---\n')
    for (const text of [
      JSON.stringify({ kind: 'List', items: nodes }),
      `kind: NodeList\nitems: ${JSON.stringify(nodes)}\n`,
      yaml,
    ]) {
      expect(await readNodeObjects(await file(text))).toEqual(nodes)
    }
    expect(await readNodeObjects(await file('kind: List\nitems: []\n'))).toEqual([])
  })

  it.each([
    ['kind: Pod\nmetadata: {name: a}\n', 'expected Node objects, found "Pod"'],
    ['just text', 'expected Node objects, found "just text"'],
    ['a: [', 'at line'],
  ])('are refused when they are %j', async (text, message) => {
    await expect(readNodeObjects(await file(text))).rejects.toThrow(message)
  })

  it('are refused when there is no such file', async () => {
    await expect(readNodeObjects('/nonexistent')).rejects.toThrow('--nodes-from /nonexistent cannot be read: ENOENT')
  })
})

describe('the flags', () => {
  it('have defaults, and NODE_NAME stands in for --node', () => {
    expect(parseForwardGuardFlags([], { NODE_NAME: 'a' })).toMatchObject({
      families: [4],
      backend: 'auto',
      intervalMs: 5000,
      podCidrs: [],
      nodeName: 'a',
    })
    expect(parseForwardGuardFlags(['--node', 'b', '--ipv6'], { NODE_NAME: 'a' })).toMatchObject({
      families: [4, 6],
      nodeName: 'b',
    })
  })

  it.each([
    [['--backend=iptables'], '--backend "iptables": expected nft, legacy or auto'],
    [['--interval=5'], '--interval "5": expected a duration between 100ms and 24h'],
    [['--interval=1ms'], '--interval "1ms": expected a duration'],
    [['--interface=a b'], '--interface "a b" is not an interface name'],
    [['--interface=eth+'], '--interface "eth+" is not an interface name'],
    [['--pod-cidr=10.0.0.1/8'], '--pod-cidr: pod CIDR "10.0.0.1/8" has host bits set'],
    [['--nodes-from=x'], '--nodes-from is for --dry-run'],
    [['--dry-run', '--remove'], '--dry-run and --remove exclude each other'],
    [['--dry-run', '--ipv6', '--rules-from=x'], '--rules-from holds the rules of one address family'],
    [['--dry-run', '--payload=both'], '--payload "both": expected sets or rules'],
    [['--interfaces=x'], 'unknown flag --interfaces'],
    [['extra'], 'Unexpected argument'],
  ])('refuses %j', (argv, message) => {
    expect(() => parseForwardGuardFlags(argv)).toThrow(message)
  })
})

describe('the manifest', () => {
  it('runs the agent on every node with the right to follow nodes', () => {
    const objects = forwardGuardManifest({ ipv6: true, interface: 'ens18', podCidrs: ['10.42.0.0/16'] })
    expect(objects.map(({ kind }) => kind)).toEqual([
      'ServiceAccount',
      'ClusterRole',
      'ClusterRoleBinding',
      'DaemonSet',
    ])
    expect(objects[1]).toMatchObject({ rules: [{ resources: ['nodes'], verbs: ['get', 'list', 'watch'] }] })
    expect(objects[3]).toMatchObject({
      spec: {
        template: {
          spec: {
            hostNetwork: true,
            tolerations: [{ operator: 'Exists' }],
            containers: [
              {
                image: expect.stringMatching(/^packetproof\/agent:\d/),
                args: ['forward-guard', '--ipv6', '--interface=ens18', '--pod-cidr=10.42.0.0/16'],
              },
            ],
          },
        },
      },
    })
  })

  it('gives the agent arguments that it takes', () => {
    const argv = guardArguments({
      ipv6: true,
      interface: 'eth0',
      backend: 'legacy',
      podCidrs: ['10.42.0.0/16'],
      interval: '1s',
    })
    expect(parseForwardGuardFlags(argv)).toMatchObject({
      families: [4, 6],
      inInterface: 'eth0',
      backend: 'legacy',
      intervalMs: 1000,
    })
  })
})
