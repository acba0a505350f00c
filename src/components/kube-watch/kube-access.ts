import { inClusterAccess } from './in-cluster-access.ts'
import { kubeconfigAccess } from './kubeconfig-access.ts'

/** How to reach an API server, and as whom. */
export interface KubeAccess {
  /** `https:` (or `http:`); its path, if any, comes before those of the API. */
  readonly server: URL
  /** PEM, for node:tls. */
  readonly tls: {
    readonly ca?: string
    readonly cert?: string
    readonly key?: string
    readonly servername?: string
    readonly rejectUnauthorized?: boolean
  }
  /** The bearer token of the moment: tokens in files are renewed there. @throws PacketproofError when its file cannot be read. */
  token(): string | undefined
}

/**
 * What an agent's `--kubeconfig FILE` says, or else where a pod finds the API (`KUBERNETES_SERVICE_HOST`, `KUBERNETES_SERVICE_PORT`
 * and the files of its service account).
 * @throws PacketproofError E_INVALID_INPUT (the kubeconfig), E_ENVIRONMENT (this is no pod, or one without a service account).
 */
export async function loadKubeAccess(options: { readonly kubeconfig?: string } = {}): Promise<KubeAccess> {
  return options.kubeconfig === undefined ? inClusterAccess(process.env) : await kubeconfigAccess(options.kubeconfig)
}
