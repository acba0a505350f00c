import { join } from 'node:path'
import { PacketproofError } from '../../errors.ts'
import { certificatesIn, readTextFile } from './credential-files.ts'
import type { KubeAccess } from './kube-access.ts'

const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount'

const noFilesHint =
  'Does the pod, or its ServiceAccount, say automountServiceAccountToken: false? Outside a pod use --kubeconfig FILE.'

/**
 * The API as a pod sees it.
 * @param folder where the service account's `token` and `ca.crt` are.
 * @throws PacketproofError E_ENVIRONMENT that names the variable or file that is missing.
 */
export function inClusterAccess(
  env: Readonly<Record<string, string | undefined>>,
  folder: string = SERVICE_ACCOUNT_FOLDER,
): KubeAccess {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env
  if (!host || !port) {
    const missing = host ? 'KUBERNETES_SERVICE_PORT' : 'KUBERNETES_SERVICE_HOST'
    throw new PacketproofError(
      'E_ENVIRONMENT',
      `there is no way to the API: ${missing} is not set, as it is in a pod`,
      {
        hint: 'Outside a pod use --kubeconfig FILE.',
      },
    )
  }
  const url = `https://${host.includes(':') ? `[${host}]` : host}:${port}`
  if (!URL.canParse(url)) {
    const given = `KUBERNETES_SERVICE_HOST=${host} and KUBERNETES_SERVICE_PORT=${port}`
    throw new PacketproofError('E_ENVIRONMENT', `${given} are not an address and a port`)
  }
  const read = (name: string): string =>
    readTextFile(join(folder, name), `the service account's ${name}`, { code: 'E_ENVIRONMENT', hint: noFilesHint })
  const token = (): string => read('token').trim()
  if (token() === '') {
    throw new PacketproofError('E_ENVIRONMENT', `the service account's token: ${join(folder, 'token')} is empty`)
  }
  const ca = certificatesIn(read('ca.crt'), `the service account's ca.crt (${join(folder, 'ca.crt')})`, 'E_ENVIRONMENT')
  return { server: new URL(url), tls: { ca }, token }
}
