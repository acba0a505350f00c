import { readFileSync } from 'node:fs'
import type { ClusterProfile } from '../../cluster/profile.ts'
import type { Docker } from '../../docker/docker.ts'
import { invalidInput, PacketproofError } from '../../errors.ts'
import { kindNodes } from './kind-config.ts'

export const INOTIFY_FIX = 'sudo sysctl fs.inotify.max_user_instances=512 fs.inotify.max_user_watches=524288'
/** systemd, containerd, kubelet and the pods of one node take about as many. */
const INSTANCES_PER_NODE = 40
/** kind's own advice for any number of nodes. */
export const ADVISED_INSTANCES = 512
/** From here on a kubelet refuses to start on control groups of version 1. */
const NEEDS_CGROUP_2 = [1, 35] as const

export function readInotifyInstances(): number {
  return Number(readFileSync('/proc/sys/fs/inotify/max_user_instances', 'utf8'))
}

/**
 * What is known to end a creation after minutes, looked at before it begins.
 * @param image of the nodes
 * @throws PacketproofError E_ENVIRONMENT that names what this machine lacks, with the fix
 */
export async function checkMachine(
  docker: Docker,
  profile: ClusterProfile,
  image: string,
  instances = readInotifyInstances(),
): Promise<void> {
  const count = kindNodes(profile).length
  const needed = count * INSTANCES_PER_NODE
  if (instances < needed) {
    throw new PacketproofError(
      'E_ENVIRONMENT',
      `${count} nodes need about ${needed} inotify instances, and this machine allows a user ${instances}`,
      { hint: INOTIFY_FIX },
    )
  }
  const version = /:v(\d+)\.(\d+)/.exec(image)
  if (version === null) return
  const [major, minor] = [Number(version[1]), Number(version[2])]
  if (major < NEEDS_CGROUP_2[0] || (major === NEEDS_CGROUP_2[0] && minor < NEEDS_CGROUP_2[1])) return
  if ((await docker.run(['info', '--format', '{{.CgroupVersion}}'])) !== '1') return
  throw new PacketproofError(
    'E_ENVIRONMENT',
    `${image} needs control groups of version 2, and this machine has version 1`,
    {
      hint: 'boot with systemd.unified_cgroup_hierarchy=1, or choose a node image before v1.35 with --image (packetproof images lists them)',
    },
  )
}

/** @throws PacketproofError E_INVALID_INPUT for what this provider cannot make of a profile */
export function checkProfile(profile: ClusterProfile): void {
  const { cni, kubeProxyMode } = profile.kind
  if (kubeProxyMode === 'none' && cni !== 'cilium') {
    throw invalidInput(
      `cluster profile "${profile.name}", kind.kubeProxyMode: none leaves Services to the network plugin, which only cilium takes on (kind.cni is ${cni})`,
    )
  }
}
