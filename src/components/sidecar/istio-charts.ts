/** Where Istio's charts come from, and the version that the scenario is written for. */
export const istioCharts = {
  repository: 'https://istio-release.storage.googleapis.com/charts',
  version: '1.30.3',
  namespace: 'istio-system',
} as const

/**
 * The command lines that install istiod, whose webhook then injects the sidecar as the document shows it: a container beside the app
 * rather than a native sidecar. Requests are small enough for a laptop.
 */
export function istioHelmCommands(kubeconfigPath: string): readonly (readonly string[])[] {
  const { namespace, repository, version } = istioCharts
  const install = (release: string, chart: string, ...more: readonly string[]): readonly string[] => [
    ...['helm', 'upgrade', '--install', release, chart, '--repo', repository, '--version', version],
    ...['--namespace', namespace, '--create-namespace', '--kubeconfig', kubeconfigPath, '--wait'],
    ...more,
  ]
  return [
    install('istio-base', 'base'),
    install(
      'istiod',
      'istiod',
      ...['--set-string', 'pilot.env.ENABLE_NATIVE_SIDECARS=false'],
      ...['--set', 'pilot.resources.requests.cpu=50m', '--set', 'pilot.resources.requests.memory=256Mi'],
      ...['--set', 'global.proxy.resources.requests.cpu=10m', '--set', 'global.proxy.resources.requests.memory=64Mi'],
    ),
  ]
}
