import type { ImagePin } from '../../images/pins.ts'

/** What runs kind and helm: every command line as data. The flags are those of kind 0.27 to 0.33 and of Helm 3 and 4. */

export function createArguments(options: {
  readonly name: string
  readonly image: string
  readonly kubeconfig: string
  /** Without a network plugin no node becomes ready, so that only its installation can wait. */
  readonly waitsForNodes: boolean
}): readonly string[] {
  const { name, image, kubeconfig, waitsForNodes } = options
  return [
    ...['create', 'cluster', '--name', name, '--image', image, '--kubeconfig', kubeconfig],
    // From standard input. Nodes stay when the creation fails, until their logs have been taken.
    ...['--config', '-', '--retain', '--wait', waitsForNodes ? '180s' : '0s'],
  ]
}

export function kubeconfigArguments(name: string): readonly string[] {
  return ['get', 'kubeconfig', '--name', name]
}

export function exportLogsArguments(name: string, folder: string): readonly string[] {
  return ['export', 'logs', folder, '--name', name]
}

export function loadArchiveArguments(name: string, archive: string): readonly string[] {
  return ['load', 'image-archive', archive, '--name', name]
}

export function installChartArguments(options: {
  readonly release: string
  readonly chart: string
  readonly values: string
  readonly kubeconfig: string
}): readonly string[] {
  const { release, chart, values, kubeconfig } = options
  return [
    ...['install', release, chart, '--namespace', 'kube-system', '--values', values, '--kubeconfig', kubeconfig],
    ...['--wait', '--timeout', '5m'],
  ]
}

/** The kubectl that every node image has, with the credentials that kind itself uses. */
export function kubectlInNode(...args: readonly string[]): readonly string[] {
  return ['kubectl', '--kubeconfig=/etc/kubernetes/admin.conf', ...args]
}

/** In a node: the client of containerd, with which kind itself imports archives. */
export function nameByDigestArguments({ repository, tag, digest }: ImagePin): readonly string[] {
  const names = [`${repository}:${tag}`, `${repository}@${digest}`]
  return ['ctr', '--namespace=k8s.io', 'images', 'tag', '--force', ...names]
}
