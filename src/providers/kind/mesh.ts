import { findTool } from '../../../helpers/find-tool.ts'
import { runProgram } from '../../../helpers/run-program.ts'
import type { ClusterProfile } from '../../cluster/profile.ts'
import { istioHelmCommands } from '../../images/istio-charts.ts'
import type { ImageName } from '../../images/pins.ts'
import type { PluginOptions } from './network-plugin.ts'
import type { Preloaded } from './preload-images.ts'

/** More than `helm upgrade --install --wait` itself waits. */
const HELM_TIMEOUT_MS = 6 * 60_000

const images: readonly ImageName[] = ['istio-pilot', 'istio-proxy']

/** What the profile's mesh runs in pods. */
export function meshImages(profile: ClusterProfile): readonly ImageName[] {
  return profile.kind.mesh === 'istio' && findTool('helm') !== undefined ? images : []
}

/**
 * Installs the profile's mesh. A cluster without it shows less, but what it shows is as good: so what is in the way is only told.
 * @returns why there is none; undefined where there is one, or none was wanted
 */
export async function installMesh(
  profile: ClusterProfile,
  { missing }: Preloaded,
  { kubeconfig, folder, signal }: PluginOptions,
): Promise<string | undefined> {
  if (profile.kind.mesh === 'none') return undefined
  const helm = findTool('helm')
  if (helm === undefined) return 'helm cannot be found (https://helm.sh/docs/intro/install/)'
  const lack = images.flatMap((name) => missing.get(name) ?? [])[0]
  if (lack !== undefined) return lack
  const env = { ...process.env, HELM_CACHE_HOME: folder, HELM_CONFIG_HOME: folder, HELM_DATA_HOME: folder }
  for (const [, ...args] of istioHelmCommands(kubeconfig)) {
    const options = { timeoutMs: HELM_TIMEOUT_MS, env, ...(signal && { signal }) }
    const { exitCode, stderr } = await runProgram([helm, ...args], options)
    if (exitCode !== 0) return `helm ${args.slice(0, 4).join(' ')} failed: ${stderr.trim()}`
  }
  return undefined
}
