import type { Pod, SidecarOptions } from '../../src/index.ts'

/** What the steps share. */
export class SidecarWorld {
  readonly pods = new Map<PodName, Pod>()

  /** Whose sidecar it is. */
  options: SidecarOptions = { namespace: MESH }

  /** Whether the proxies tell of their connections: the built-in one does. */
  hasConnectionLog = false

  /** @throws when the step that makes it was left out. */
  pod(name: PodName): Pod {
    const found = this.pods.get(name)
    if (found === undefined) throw new Error(`there is no pod ${name}`)
    return found
  }
}

/** The document's three services, one of them under TPROXY as well, and a pod without a sidecar. */
export type PodName = 'productpage' | 'reviews' | 'ratings' | 'reviews-tproxy' | 'plain'

export const MESH = 'mesh'
export const APP_PORT = 9080
/** Where the machine outside the mesh echoes. */
export const PEER_PORT = 8080
export const PROXY_ID = 1337
export const APP_ID = 1000
