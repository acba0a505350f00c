const API_VERSION = 'networking.k8s.io/v1'
const KIND = 'NetworkPolicy'

/** The document's first template, of the version that it was written for. */
export const ALLOW_FRONTEND_BETA = {
  apiVersion: 'extensions/v1beta1',
  kind: KIND,
  metadata: { name: 'allow-frontend', namespace: 'myns' },
  spec: {
    podSelector: { matchLabels: { role: 'backend' } },
    ingress: [
      { from: [{ podSelector: { matchLabels: { role: 'frontend' } } }], ports: [{ protocol: 'TCP', port: 6379 }] },
    ],
  },
}

export const ALLOW_FRONTEND = { ...ALLOW_FRONTEND_BETA, apiVersion: API_VERSION }

/** The second template; it names no namespace, and is applied to myns. */
export const ALLOW_TCP_443 = {
  apiVersion: API_VERSION,
  kind: KIND,
  metadata: { name: 'allow-tcp-443', namespace: 'myns' },
  spec: {
    podSelector: { matchLabels: { role: 'frontend' } },
    ingress: [
      {
        ports: [{ protocol: 'TCP', port: 443 }],
        from: [{ namespaceSelector: { matchLabels: { user: 'bob' } } }],
      },
    ],
  },
}

export const WEB_DENY_ALL = {
  apiVersion: API_VERSION,
  kind: KIND,
  metadata: { name: 'web-deny-all', namespace: 'default' },
  spec: { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'] },
}

/** What the document's structures have no field for. */
export function modernPolicy(block: string, except: string) {
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { name: 'visitor-egress', namespace: 'elsewhere' },
    spec: {
      podSelector: {},
      policyTypes: ['Egress'],
      egress: [
        { to: [{ ipBlock: { cidr: block, except: [except] } }], ports: [{ port: 80, endPort: 442 }] },
        { ports: [{ port: 'serve-6379-tcp' }] },
      ],
    },
  }
}
