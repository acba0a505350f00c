import type { CoreV1Api, V1Pod } from '@kubernetes/client-node'
import type { HostProcess } from '../../../cluster/host.ts'
import type { AccessTarget, NodeAccess } from '../../../cluster/node-access.ts'
import type { Docker } from '../../../docker/docker.ts'
import { PacketproofError } from '../../../errors.ts'
import { KIND_CLUSTER_LABEL, KIND_ROLE_LABEL, type Labels, labelArguments } from '../labels.ts'
import { TEST_IMAGE } from './docker-for-tests.ts'

/** In a privileged container they would all be there; some machines have no privileged ones. */
const RIGHTS = ['NET_ADMIN', 'NET_RAW', 'SYS_ADMIN', 'SYS_PTRACE'].map((name) => `--cap-add=${name}`)

/** Containers that carry kind's labels stand for nodes; what they lack of a node is a kubelet. */
export async function startContainerNode(
  docker: Docker,
  options: {
    readonly name: string
    readonly cluster: string
    readonly role: string
    readonly network: string
    readonly labels?: Labels
  },
): Promise<void> {
  const { name, cluster, role, network } = options
  const labels = labelArguments({ ...options.labels, [KIND_CLUSTER_LABEL]: cluster, [KIND_ROLE_LABEL]: role })
  const sysctls = ['--sysctl', 'net.ipv4.ip_forward=1', '--sysctl', 'net.ipv6.conf.all.disable_ipv6=0']
  const identity = ['--name', name, '--hostname', name, '--net', network]
  const run = ['run', '--detach', '--init', ...identity, ...labels, ...sysctls, ...RIGHTS]
  await docker.run([...run, '--security-opt=seccomp=unconfined', TEST_IMAGE])
}

/*
 * A network namespace on a veth pair, routed through its node as Calico routes pods. $1: the pod's uid, $2: its address. Its first process
 * is what the node's `crictl` will name.
 */
const MAKE_SANDBOX = String.raw`
uid=$1 address=$2 device=cali$(printf '%s' "$1" | head -c 11)
[ ! -e "/run/sandboxes/$uid" ] || exit 0
rm -f /run/starting
unshare -n sh -c 'echo $$ >/run/starting; exec sleep 1000000' >/dev/null 2>&1 &
until [ -s /run/starting ]; do sleep 0.02; done
pid=$(cat /run/starting)
ip link add "$device" type veth peer name eth0 netns "$pid"
ip link set "$device" up
ip address add 169.254.1.1/32 dev "$device"
ip route add "$address/32" dev "$device"
inside() { nsenter "--net=/proc/$pid/ns/net" -- "$@"; }
inside ip link set lo up
inside ip address add "$address/32" dev eth0
inside ip link set eth0 up
inside ip route add 169.254.1.1 dev eth0
inside ip route add default via 169.254.1.1
echo "$pid" >"/run/sandboxes/$uid"
`

/**
 * Does for pods what a kubelet and a network plugin would have done, when a command is about to run in one: the pods themselves are
 * known to the API of a cluster of another kind.
 */
export class SandboxedAccess implements NodeAccess {
  readonly #docker: Docker
  readonly #core: CoreV1Api
  readonly #nodes: readonly string[]
  readonly #access: NodeAccess
  readonly #made = new Map<string, Promise<void>>()

  constructor(docker: Docker, core: CoreV1Api, nodes: readonly string[], access: NodeAccess) {
    this.#docker = docker
    this.#core = core
    this.#nodes = nodes
    this.#access = access
  }

  async spawn(...args: Parameters<NodeAccess['spawn']>): ReturnType<NodeAccess['spawn']> {
    await this.#prepare(args[0])
    return await this.#access.spawn(...args)
  }

  async startAgent(...args: Parameters<NonNullable<NodeAccess['startAgent']>>): Promise<HostProcess> {
    if (this.#access.startAgent === undefined) throw new Error('this access starts no agents')
    return await this.#access.startAgent(...args)
  }

  async readFile(...args: Parameters<NodeAccess['readFile']>): ReturnType<NodeAccess['readFile']> {
    return await this.#access.readFile(...args)
  }

  async writeFile(...args: Parameters<NodeAccess['writeFile']>): ReturnType<NodeAccess['writeFile']> {
    await this.#access.writeFile(...args)
  }

  async #prepare(target: AccessTarget): Promise<void> {
    if (target.kind !== 'pod') return
    const pod = await this.#core.readNamespacedPod(target).catch(() => undefined)
    const uid = pod?.metadata?.uid ?? ''
    if (pod === undefined) return
    const made = this.#made.get(uid) ?? this.#makeSandbox(pod, uid)
    this.#made.set(uid, made)
    await made
  }

  async #makeSandbox({ spec, status }: V1Pod, uid: string): Promise<void> {
    const node = spec?.nodeName ?? ''
    const address = status?.podIP
    if (address === undefined) throw new PacketproofError('E_CLUSTER', `pod ${uid} has no address`)
    await this.#docker.run(['exec', node, 'sh', '-c', MAKE_SANDBOX, 'sh', uid, address])
    const via = await this.#docker.run([
      ...['container', 'inspect', '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', node],
    ])
    const others = this.#nodes.filter((name) => name !== node)
    const route = ['ip', 'route', 'replace', `${address}/32`, 'via', via]
    for (const other of others) await this.#docker.run(['exec', other, ...route])
  }
}
