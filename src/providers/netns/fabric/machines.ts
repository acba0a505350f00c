import { createNamespaces, type NamespaceSet, openNamespaces } from '../../../../helpers/linux/namespaces.ts'
import { setHostname } from '../../../../helpers/linux/system-calls.ts'
import { PacketproofError } from '../../../errors.ts'
import { spawnIn } from './processes.ts'
import { enterNewRoot, type RootLayout } from './root-file-system.ts'
import type { Machine, SpawnedProcess } from './types.ts'

/** A machine, and its namespaces for those who build on them. */
export interface MachineHandle extends Machine {
  readonly namespaces: Required<NamespaceSet>
  /** Settles when its first process has mounted /proc: nothing that needs /proc runs before. */
  readonly booted: Promise<void>
}

export const LOOPBACK_HOSTS = '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n'

export interface MachineSpec {
  readonly name: string
  readonly kind: Machine['kind']
  readonly addresses: readonly string[]
  readonly etcHosts: string
  /** Runs in the machine's network namespace, before it has any interface. */
  readonly configureNetwork: () => void
}

/**
 * The first process of a machine's PID namespace. It mounts /proc, which must be done from inside, and then ignores SIGCHLD, so
 * that the kernel reaps the orphans it inherits.
 */
const HOLDER = ['sh', '-c', 'mount -t proc proc /proc && echo up && exec env --ignore-signal=CHLD sleep infinity']

export function createMachine(layout: RootLayout, spec: MachineSpec): MachineHandle {
  const { set, result: holder } = createNamespaces(['net', 'uts', 'ipc', 'mnt', 'pid'], () => {
    setHostname(spec.name)
    spec.configureNetwork()
    enterNewRoot(layout, {
      id: `machine-${spec.name}`,
      files: {
        '/etc/hosts': spec.etcHosts,
        '/etc/hostname': `${spec.name}\n`,
        // No resolver: a look-up fails at once instead of leaving the cluster.
        '/etc/resolv.conf': 'options timeout:1 attempts:1\n',
      },
      mounts: [],
      readOnlySys: false,
    })
    return spawnIn({}, HOLDER)
  })
  const namespaces = { ...set, ...openNamespaces(holder.pid, ['pid']) } as Required<NamespaceSet>
  return {
    name: spec.name,
    kind: spec.kind,
    addresses: spec.addresses,
    rootPath: `/proc/${holder.pid}/root`,
    namespaces,
    booted: waitForBoot(spec.name, holder),
    spawn: (argv, options) => spawnIn(namespaces, argv, options),
  }
}

async function waitForBoot(name: string, holder: SpawnedProcess): Promise<void> {
  let complaint = ''
  holder.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString()
  })
  const up = new Promise<void>((resolve) => {
    holder.stdout.once('data', () => resolve())
  })
  const ended = holder.exited.then(({ exitCode, signal }) => {
    throw new PacketproofError(
      'E_CLUSTER',
      `the first process of "${name}" ended (${signal ?? `exit code ${exitCode}`}): ${complaint.trim() || 'no output'}`,
    )
  })
  await Promise.race([up, ended])
  // From now on its end is the end of the machine; nobody waits for it here.
  ended.catch(() => undefined)
}

export function requireMachine(machines: ReadonlyMap<string, MachineHandle>, name: string): MachineHandle {
  const machine = machines.get(name)
  if (machine === undefined) throw new PacketproofError('E_INVALID_INPUT', `there is no machine "${name}"`)
  return machine
}
