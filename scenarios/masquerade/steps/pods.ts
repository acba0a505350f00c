import { type StepDefinition, setAsideKindnet } from '../../../src/index.ts'
import { workersOf } from '../agent.ts'
import type { MasqueradeWorld } from '../world.ts'

/** The address of the pod in the document's experiment. */
const DOCUMENTED_POD = '10.244.196.132'

export const pods: StepDefinition<MasqueradeWorld> = {
  id: 'pods',
  title: 'run a client on each worker, and a server',
  essential: true,
  async run(context, world) {
    const { cluster } = context
    const [first, second] = workersOf(context)
    if (first === undefined || second === undefined) throw new Error('the scenario needs two workers')
    const [client1, client2, server] = await Promise.all([
      cluster.runPod({ name: 'client-1', node: first.name, addresses: [DOCUMENTED_POD, 'fd00:10:244:1::132'] }),
      cluster.runPod({ name: 'client-2', node: second.name }),
      cluster.runPod({
        name: 'server',
        node: second.name,
        labels: { app: 'server' },
        command: ['busybox', 'httpd', '-f', '-p', '8080', '-h', '/etc'],
      }),
    ])
    world.clients.push(client1, client2)
    world.server = server
    // After the pods: a network that is set aside still knows them.
    const giveBack = await setAsideKindnet(cluster)
    if (giveBack !== undefined) context.afterwards("kindnet's masquerade", giveBack)
  },
}
