import type { V1Namespace, V1NetworkPolicy, V1Pod } from '@kubernetes/client-node'
import { loadManifests } from '../../cluster/load-manifests.ts'
import { invalidInput } from '../../errors.ts'
import { setPayload } from './apply/set-payload.ts'
import { tablePayload } from './apply/table-payload.ts'
import type { NetworkPolicyFlags } from './flags.ts'
import { type PolicyCluster, planNode } from './plan/plan-node.ts'
import { checkPolicy } from './validate-policy.ts'

/**
 * What an agent would give a node that has nothing yet: its sets, and its rules in both address families.
 * @throws PacketproofError E_INVALID_INPUT that names the file, the place in it and what was expected.
 */
export async function dryRunNetworkPolicy(flags: NetworkPolicyFlags): Promise<string> {
  const cluster = await loadObjects(flags.files)
  const plans = planNode(cluster, flags.nodeName ?? '', flags.dialect)
  const sets = setPayload(
    plans.flatMap((plan) => plan.sets),
    new Map(),
  )
  const rules = plans.map(({ family, tables }) => {
    const payloads = tables.map((table) => tablePayload(table, new Map(), () => undefined))
    return `# ${family === 4 ? 'iptables' : 'ip6tables'}-restore --noflush\n${payloads.join('')}`
  })
  return [`# ipset restore\n${sets}`, ...rules].join('\n')
}

async function loadObjects(files: readonly string[]): Promise<PolicyCluster> {
  const loaded = (await Promise.all(files.map(loadManifests))).flat()
  const namespaces: V1Namespace[] = []
  const pods: V1Pod[] = []
  const policies: V1NetworkPolicy[] = []
  for (const { object, place } of loaded) {
    if (object.kind === 'Namespace') namespaces.push(object)
    else if (object.kind === 'Pod') pods.push(object)
    else if (object.kind === 'NetworkPolicy') {
      checkPolicy(object, object.apiVersion, place)
      policies.push(object)
    }
  }
  if (pods.length > 0) return { namespaces, pods, policies }
  throw invalidInput(`${files.join(', ')}: expected Pods, Namespaces and NetworkPolicies, found no Pod`, {
    hint: 'kubectl get namespaces,pods,networkpolicies -A -o yaml shows those of a cluster',
  })
}
