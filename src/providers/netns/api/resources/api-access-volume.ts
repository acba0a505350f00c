import type { V1Container, V1ServiceAccount, V1Volume } from '@kubernetes/client-node'
import { generateName } from '../store/names.ts'
import type { Stored, Wire } from '../wire.ts'
import type { ResourceContext } from './definition.ts'
import type { Pod } from './pod.ts'

const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount'

/**
 * Gives a new pod the volume with which its containers reach the API, as the ServiceAccount admission plugin does: `token`,
 * `ca.crt` and `namespace`. Not where the pod, or else its ServiceAccount, says `automountServiceAccountToken: false`, and not
 * over a mount that a container has at that place already.
 */
export function mountApiAccess({ metadata, spec }: Pod, context: ResourceContext): void {
  if (spec?.containers === undefined) return
  const accountName = spec.serviceAccountName ?? spec.serviceAccount ?? 'default'
  const account = context.get<Stored<V1ServiceAccount>>('serviceaccounts', metadata.namespace, accountName)
  if (!(spec.automountServiceAccountToken ?? account?.automountServiceAccountToken ?? true)) return
  const containers: Wire<V1Container>[] = [...(spec.initContainers ?? []), ...spec.containers]
  const lacking = containers.filter(({ volumeMounts = [] }) => !volumeMounts.some((at) => at.mountPath === MOUNT_PATH))
  if (lacking.length === 0) return
  const name = generateName('kube-api-access-')
  spec.volumes = [...(spec.volumes ?? []), apiAccessVolume(name)]
  for (const container of lacking) {
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, mountPath: MOUNT_PATH, readOnly: true }]
  }
}

function apiAccessVolume(name: string): Wire<V1Volume> {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
    },
  }
}
