import type { CoreV1Api } from '@kubernetes/client-node'
import type { Docker } from '../../docker/docker.ts'
import { messageOf, PacketproofError } from '../../errors.ts'
import type { PodNetwork } from './enter-script.ts'

/*
 * The runtime's own client tells a process of the pod's sandbox, whose network namespace is the pod's; a sandbox carries the pod's uid
 * as a label of the kubelet's. $1: the uid.
 */
const FIND_SANDBOX = String.raw`
id=$(crictl pods --quiet --no-trunc --state ready --label "io.kubernetes.pod.uid=$1") || exit 1
id=$(printf '%s\n' "$id" | head -n 1)
[ -n "$id" ] || { echo "it has no sandbox that is ready" >&2; exit 1; }
pid=$(crictl inspectp --output go-template --template '{{.info.pid}}' "$id") || exit 1
namespace=$(readlink "/proc/$pid/ns/net") || { echo "there is no process $pid" >&2; exit 1; }
printf '%s %s\n' "$pid" "$namespace"
`

/** The containers in which pods run, and the way into their networks. */
export class PodNetworks {
  readonly #docker: Docker
  readonly #core: CoreV1Api
  readonly #byUid = new Map<string, PodNetwork>()

  constructor(docker: Docker, core: CoreV1Api) {
    this.#docker = docker
    this.#core = core
  }

  /**
   * @param lookAgain when what was found before turned out to be gone
   * @throws PacketproofError E_EXEC_FAILED when there is no such pod, or it does not run.
   */
  async find(
    namespace: string,
    name: string,
    lookAgain: boolean,
  ): Promise<{ readonly container: string; readonly network: PodNetwork }> {
    const { uid, container } = await this.#readPod(namespace, name)
    if (lookAgain) this.#byUid.delete(uid)
    const network = this.#byUid.get(uid) ?? (await this.#findSandbox(container, uid, `${namespace}/${name}`))
    this.#byUid.set(uid, network)
    return { container, network }
  }

  async #readPod(namespace: string, name: string): Promise<{ readonly uid: string; readonly container: string }> {
    const pod = await this.#core.readNamespacedPod({ namespace, name }).catch((cause: unknown) => {
      const { code } = cause as { code?: number }
      const what = code === 404 ? 'there is no such pod' : messageOf(cause)
      throw new PacketproofError('E_EXEC_FAILED', `pod "${namespace}/${name}": ${what}`, { cause })
    })
    const container = pod.spec?.nodeName
    if (container === undefined) {
      throw new PacketproofError('E_EXEC_FAILED', `pod "${namespace}/${name}" is on no node yet`)
    }
    return { uid: pod.metadata?.uid ?? '', container }
  }

  async #findSandbox(container: string, uid: string, pod: string): Promise<PodNetwork> {
    const { exitCode, stdout, stderr } = await this.#docker.try([
      'exec',
      container,
      'sh',
      '-c',
      FIND_SANDBOX,
      'sh',
      uid,
    ])
    const [pid = '', namespace = ''] = stdout.trim().split(' ')
    if (exitCode === 0 && /^\d+$/.test(pid)) return { pid: Number(pid), namespace }
    throw new PacketproofError(
      'E_EXEC_FAILED',
      `cannot enter pod "${pod}" on ${container}: ${stderr.trim() || stdout.trim()}`,
    )
  }
}
