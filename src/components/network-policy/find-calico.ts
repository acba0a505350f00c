import type { Cluster } from '../../cluster/cluster.ts'
import { PacketproofError } from '../../errors.ts'

/** Of the DaemonSet that Calico's manifest, its operator and its chart make, in whichever namespace. */
const CALICO_SELECTOR = 'k8s-app=calico-node'

/** The DaemonSet of Calico, whose chains have the names of this component's; undefined where there is none. */
export async function findCalico({ api }: Pick<Cluster, 'api'>): Promise<string | undefined> {
  const { items } = await api.apps.listDaemonSetForAllNamespaces({ labelSelector: CALICO_SELECTOR })
  const [calico] = items
  return calico && `${calico.metadata?.namespace}/${calico.metadata?.name}`
}

/** @throws PacketproofError E_CLUSTER for a cluster whose nodes have Felix: each agent would delete what the other made. */
export async function refuseCalico(cluster: Pick<Cluster, 'api'>): Promise<void> {
  const calico = await findCalico(cluster)
  if (calico === undefined) return
  throw new PacketproofError(
    'E_CLUSTER',
    `the cluster has Calico (DaemonSet ${calico}), whose chains have the names of this component's: each would delete the other's`,
    { hint: 'test the one that is there: --component network-policy=present' },
  )
}
