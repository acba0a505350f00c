import { readFileSync } from 'node:fs'
import { arch, availableParallelism, release, totalmem } from 'node:os'
import { packageVersion } from '../../../../helpers/package-version.ts'
import type { Fabric } from '../fabric/types.ts'
import { kubeTime } from './objects.ts'

/** What a cluster profile says of a node beyond its addresses. */
export interface NodeRegistration {
  readonly name: string
  readonly role: 'control-plane' | 'worker'
  readonly labels: Readonly<Record<string, string>>
}

type FabricNode = Fabric['nodes'] extends ReadonlyMap<string, infer Node> ? Node : never

/** The Kubernetes version this kubelet behaves like. */
const kubeletVersion = 'v1.32.0'

/** The Node object a kubelet registers. @param isOnlyNode a lone control-plane node takes ordinary pods, as kind's does. */
export function nodeObject(registration: NodeRegistration, machine: FabricNode, isOnlyNode: boolean): unknown {
  const { name, role, labels } = registration
  const isControlPlane = role === 'control-plane'
  const architecture = arch() === 'x64' ? 'amd64' : arch()
  const resources = {
    cpu: String(availableParallelism()),
    memory: `${Math.floor(totalmem() / 1024)}Ki`,
    'ephemeral-storage': '100Gi',
    'hugepages-2Mi': '0',
    pods: '250',
  }
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'beta.kubernetes.io/arch': architecture,
        'beta.kubernetes.io/os': 'linux',
        'kubernetes.io/arch': architecture,
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        ...(isControlPlane
          ? {
              'node-role.kubernetes.io/control-plane': '',
              'node.kubernetes.io/exclude-from-external-load-balancers': '',
            }
          : {}),
        ...labels,
      },
    },
    spec: {
      ...(machine.podCidrs[0] ? { podCIDR: machine.podCidrs[0], podCIDRs: [...machine.podCidrs] } : {}),
      providerID: `packetproof://${name}`,
      ...(isControlPlane && !isOnlyNode
        ? { taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] }
        : {}),
    },
    status: {
      capacity: resources,
      allocatable: resources,
      conditions: conditions(),
      addresses: [
        ...machine.addresses.map((address) => ({ type: 'InternalIP', address })),
        { type: 'Hostname', address: name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: {
        machineID: name,
        systemUUID: name,
        bootID: readTrimmed('/proc/sys/kernel/random/boot_id'),
        kernelVersion: release(),
        osImage: osImage(),
        containerRuntimeVersion: `packetproof://${packageVersion()}`,
        kubeletVersion,
        kubeProxyVersion: kubeletVersion,
        operatingSystem: 'linux',
        architecture,
      },
    },
  }
}

function conditions(): unknown[] {
  const now = kubeTime()
  const of = (type: string, status: string, reason: string, message: string): unknown => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  })
  return [
    of('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
    of('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    of('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    of('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
  ]
}

function osImage(): string {
  return /^PRETTY_NAME="?([^"\n]+)"?$/m.exec(readTrimmed('/etc/os-release'))?.[1] ?? 'Linux'
}

function readTrimmed(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}
