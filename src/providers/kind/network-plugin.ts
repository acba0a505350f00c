import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findTool } from '../../../helpers/find-tool.ts'
import { commandOf, runProgram } from '../../../helpers/run-program.ts'
import type { ClusterProfile } from '../../cluster/profile.ts'
import type { Docker } from '../../docker/docker.ts'
import { PacketproofError } from '../../errors.ts'
import { provideFile } from '../../images/pinned-files.ts'
import { filePins, type ImageName } from '../../images/pins.ts'
import { patchCalico } from './calico.ts'
import { ciliumValues } from './cilium.ts'
import { installChartArguments, kubectlInNode } from './kind-commands.ts'

/** More than `helm install --wait` itself waits. */
const HELM_TIMEOUT_MS = 6 * 60_000
const ROLLOUT_TIMEOUT_MS = 5 * 60_000

export const pluginImages: Readonly<Record<ClusterProfile['kind']['cni'], readonly ImageName[]>> = {
  default: [],
  calico: ['calico-cni', 'calico-node', 'calico-controllers'],
  cilium: ['cilium', 'cilium-operator'],
}

export interface PluginOptions {
  readonly cluster: string
  /** A file, and the folder for what is only needed meanwhile. */
  readonly kubeconfig: string
  readonly folder: string
  readonly signal: AbortSignal | undefined
}

/** @throws PacketproofError E_TOOL_MISSING when the profile's network plugin cannot be installed without a tool that is not here */
export function requirePluginTools(profile: ClusterProfile): void {
  if (profile.kind.cni !== 'cilium' || findTool('helm') !== undefined) return
  throw new PacketproofError(
    'E_TOOL_MISSING',
    `the cluster profile "${profile.name}" installs Cilium with helm, which cannot be found`,
    {
      hint: 'see https://helm.sh/docs/intro/install/',
    },
  )
}

/** Installs the profile's network plugin, where it is not kind's own, and resolves when every node is Ready. */
export async function installNetworkPlugin(
  docker: Docker,
  profile: ClusterProfile,
  options: PluginOptions,
): Promise<void> {
  if (profile.kind.cni === 'default') return
  if (profile.kind.cni === 'calico') await installCalico(docker, profile, options)
  else await installCilium(profile, options)
  await inControlPlane(docker, options.cluster, ['wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=240s'])
  await inControlPlane(docker, options.cluster, rollout('deployment/coredns'))
}

async function installCalico(
  docker: Docker,
  profile: ClusterProfile,
  { cluster, signal }: PluginOptions,
): Promise<void> {
  const manifest = await readFile(await provideFile(filePins['calico-manifest'], signal), 'utf8')
  // On the server's side: its custom resource definitions are too large for the annotation that a client would leave.
  await inControlPlane(docker, cluster, ['apply', '--server-side', '-f', '-'], patchCalico(manifest, profile))
  await inControlPlane(docker, cluster, rollout('daemonset/calico-node'))
}

async function installCilium(profile: ClusterProfile, options: PluginOptions): Promise<void> {
  const { cluster, folder, kubeconfig, signal } = options
  const chart = await provideFile(filePins['cilium-chart'], signal)
  const values = join(folder, 'cilium-values.yaml')
  await writeFile(values, ciliumValues(profile, cluster))
  const argv = [findTool('helm') ?? 'helm', ...installChartArguments({ release: 'cilium', chart, values, kubeconfig })]
  const env = { ...process.env, HELM_CACHE_HOME: folder, HELM_CONFIG_HOME: folder, HELM_DATA_HOME: folder }
  const { exitCode, stderr } = await runProgram(argv, { timeoutMs: HELM_TIMEOUT_MS, env, ...(signal && { signal }) })
  if (exitCode === 0) return
  throw new PacketproofError('E_CLUSTER', `${commandOf(['helm', ...argv.slice(1)])} failed: ${stderr.trim()}`, {
    hint: 'Cilium encrypts with the WireGuard of the kernel: see whether `modprobe wireguard` finds one',
  })
}

function rollout(workload: string): readonly string[] {
  return ['--namespace', 'kube-system', 'rollout', 'status', workload, '--timeout=240s']
}

async function inControlPlane(docker: Docker, cluster: string, args: readonly string[], stdin?: string): Promise<void> {
  const argv = ['exec', '--interactive', `${cluster}-control-plane`, ...kubectlInNode(...args)]
  await docker.run(argv, { timeoutMs: ROLLOUT_TIMEOUT_MS, ...(stdin !== undefined && { stdin }) })
}
