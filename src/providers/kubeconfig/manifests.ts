import type { V1Namespace, V1Pod } from '@kubernetes/client-node'
import { packageVersion } from '../../../helpers/package-version.ts'
import { WRAPPER_PATH, WRAPPER_SCRIPT } from './wrapper.ts'

/** The labels by which everything that a run makes in somebody else's cluster is known again. */
export const MANAGED_LABEL = 'app.kubernetes.io/managed-by'
export const MANAGED_BY = 'packetproof'
export const RUN_LABEL = 'packetproof.dev/run'

export const ROLE_LABEL = 'packetproof.dev/role'

/** A pod of ours ends by itself after so long, should nobody remove it. */
const LIFETIME_S = 24 * 3600

export const TOOLS_CONTAINER = 'tools'

export function runLabels(runId: string): Readonly<Record<string, string>> {
  return { [MANAGED_LABEL]: MANAGED_BY, [RUN_LABEL]: runId }
}

export function namespaceOf(runId: string): string {
  return `packetproof-${runId}`
}

export function runNamespace(runId: string): V1Namespace {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: namespaceOf(runId),
      // Clusters that enforce the Pod Security Standards refuse privileged pods elsewhere.
      labels: { ...runLabels(runId), 'pod-security.kubernetes.io/enforce': 'privileged' },
      annotations: { 'packetproof.dev/version': packageVersion() },
    },
  }
}

/**
 * Whichever backend of iptables the node uses is the one with rules in it; the other's commands would show an empty table. The choice is
 * made once, in front of the PATH.
 */
const START = `
bin=/run/packetproof/bin
mkdir -p "$bin"
cat >${WRAPPER_PATH} <<'END-OF-WRAPPER'
${WRAPPER_SCRIPT}
END-OF-WRAPPER
legacy=$( (iptables-legacy-save; ip6tables-legacy-save) 2>/dev/null | grep -c '^-A')
nft=$( (timeout 5 iptables-nft-save; timeout 5 ip6tables-nft-save) 2>/dev/null | grep -c '^-A')
if [ "\${legacy:-0}" -gt "\${nft:-0}" ]; then
  for tool in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
    real=$(command -v "$(echo "$tool" | sed 's/tables/tables-legacy/')") && ln -sf "$real" "$bin/$tool"
  done
fi
touch /run/packetproof/ready
trap 'exit 0' TERM INT
while :; do sleep 3600 & wait $!; done
`

/** What a privileged pod is for: commands on its node, or this project's agents beside it. */
export type PodRole = 'node' | 'agent'

/** A privileged pod on one node: its network and processes, and the programs of its image. The file system is the image's. */
export function nodePod(runId: string, role: PodRole, node: string, index: number, image: string): V1Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${role}-${index + 1}`,
      namespace: namespaceOf(runId),
      labels: { ...runLabels(runId), [ROLE_LABEL]: role },
    },
    spec: {
      nodeName: node,
      hostNetwork: true,
      hostPID: true,
      activeDeadlineSeconds: LIFETIME_S,
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: 'Never',
      tolerations: [{ operator: 'Exists' }],
      containers: [
        {
          name: TOOLS_CONTAINER,
          image,
          command: ['sh', '-c', START],
          env: [
            {
              name: 'PATH',
              value: '/run/packetproof/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
            },
          ],
          securityContext: { privileged: true, runAsUser: 0 },
          readinessProbe: { exec: { command: ['test', '-e', '/run/packetproof/ready'] }, periodSeconds: 1 },
          volumeMounts: [{ name: 'xtables-lock', mountPath: '/run/xtables.lock' }],
        },
      ],
      volumes: [{ name: 'xtables-lock', hostPath: { path: '/run/xtables.lock', type: 'FileOrCreate' } }],
    },
  }
}
