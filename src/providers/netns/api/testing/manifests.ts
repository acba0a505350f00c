/** One of every kind that a user writes by hand, in namespace `web`. JSON is YAML. */
export const manifests = {
  namespace: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'web' } },
  configMap: {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: 'web' },
    data: { a: '1' },
  },
  service: {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'front', namespace: 'web' },
    spec: { selector: { app: 'front' }, ports: [{ port: 80, targetPort: 8080 }] },
  },
  deployment: {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'front', namespace: 'web' },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'front' } },
      template: {
        metadata: { labels: { app: 'front' } },
        spec: { containers: [{ name: 'front', image: 'nginx', ports: [{ containerPort: 8080 }] }] },
      },
    },
  },
  daemonSet: {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'agent', namespace: 'web' },
    spec: {
      selector: { matchLabels: { app: 'agent' } },
      template: {
        metadata: { labels: { app: 'agent' } },
        spec: { hostNetwork: true, containers: [{ name: 'agent', image: 'agent:v1' }] },
      },
    },
  },
  networkPolicy: {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'deny', namespace: 'web' },
    spec: { podSelector: {}, policyTypes: ['Ingress'] },
  },
} as const

/** As one file for `kubectl apply -f -`. */
export function manifestFile(...objects: readonly object[]): string {
  return objects.map((object) => JSON.stringify(object)).join('\n')
}
