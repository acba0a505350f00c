import { imagePins, istioCharts } from './pins.ts'

/**
 * The command lines that install istiod, whose webhook then injects the sidecar as the document shows it: a container beside the app
 * rather than a native sidecar. Requests are small enough for a laptop.
 */
export function istioHelmCommands(kubeconfigPath: string): readonly (readonly string[])[] {
  const { namespace, repository, version } = istioCharts
  const hub = imagePins['istio-pilot'].repository.replace(/\/pilot$/, '')
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
      ...['--set', `global.hub=${hub}`, '--set-string', `global.tag=${imagePins['istio-pilot'].tag}`],
      ...['--set-string', 'pilot.env.ENABLE_NATIVE_SIDECARS=false'],
      ...['--set', 'pilot.resources.requests.cpu=50m', '--set', 'pilot.resources.requests.memory=256Mi'],
      ...['--set', 'global.proxy.resources.requests.cpu=10m', '--set', 'global.proxy.resources.requests.memory=64Mi'],
    ),
  ]
}
