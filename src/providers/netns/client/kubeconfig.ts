import { randomBytes } from 'node:crypto'
import { stringify } from 'yaml'

export interface KubeconfigParts {
  readonly name: string
  readonly port: number
  readonly token: string
  readonly certificatePem: string
}

/** A kubeconfig whose names are unique, so that merging it with others overwrites nothing. */
export function writeKubeconfig(parts: KubeconfigParts): string {
  const id = `packetproof-${parts.name}-${randomBytes(4).toString('hex')}`
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': id,
    clusters: [
      {
        name: id,
        cluster: {
          server: `https://127.0.0.1:${parts.port}`,
          'certificate-authority-data': Buffer.from(parts.certificatePem).toString('base64'),
        },
      },
    ],
    users: [{ name: id, user: { token: parts.token } }],
    contexts: [{ name: id, context: { cluster: id, user: id } }],
  })
}
