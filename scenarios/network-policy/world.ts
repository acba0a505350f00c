import { type MatrixPort, MatrixProber, type MatrixWindow, type Pod, type StepContext } from '../../src/index.ts'

/** Whose rules the nodes have: those of the document's version, or of a current one. */
export type Dialect = 'v2.5' | 'v3.32'

/** What the steps share. */
export class NetworkPolicyWorld {
  /** By `NAMESPACE/NAME`. */
  readonly pods = new Map<string, Pod>()
  dialect: Dialect = 'v2.5'
  /** Whether the rules are those of an agent that the scenario deploys, whose plan can be compared with the kernel. */
  isOwn = true
  /** The agent to deploy instead of this project's: `host:/path`, or an image. */
  image: string | undefined
  #prober: MatrixProber | undefined
  /** Every pair before there was a policy: the control of what is blocked later. */
  open: MatrixWindow | undefined
  /** The same over IPv6, where the pods have it. */
  open6: MatrixWindow | undefined
  /** How a ping of the pod, and wget of its Service, ended before there was a policy. */
  pingedBefore = 'not tried'
  fetchedBefore = 'not tried'
  /** The chain of web-deny-all. */
  denyChain = 'unknown'
  /** The ClusterIP of the Service web. */
  serviceAddress = ''

  /** The probers stay until the cluster ends, or the scenario where that goes on. */
  prober(context: StepContext): MatrixProber {
    const prober = this.#prober ?? new MatrixProber()
    if (this.#prober === undefined) context.afterwards('the probers', async () => await prober[Symbol.asyncDispose]())
    this.#prober = prober
    return prober
  }

  pod(key: string): Pod {
    const pod = this.pods.get(key)
    if (pod === undefined) throw new Error(`there is no pod ${key}`)
    return pod
  }
}

/** What every pod serves. */
export const PORTS: readonly MatrixPort[] = [
  { protocol: 'tcp', port: 80 },
  { protocol: 'tcp', port: 443 },
  { protocol: 'tcp', port: 6379 },
  { protocol: 'udp', port: 80 },
]

export const ECHO_PORT = 7000
