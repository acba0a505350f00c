import type { StepDefinition } from '../../../src/index.ts'
import { findUplink } from '../node-facts.ts'
import { chooseEncryption } from '../present.ts'
import { addressOf, type EncryptionWorld, fixedAddresses, HTTP_PORT, nodesOf, UDP_PORT } from '../world.ts'

export const pods: StepDefinition<EncryptionWorld> = {
  id: 'pods',
  title: 'run two pods on one node, and one on each of two others',
  essential: true,
  async run(context, world) {
    const { cluster } = context
    await chooseEncryption(context, world)
    const { left, right, third } = nodesOf(cluster)
    const isFixed = context.lacks('fixed-pod-addresses') === undefined
    const fixed = (name: keyof typeof fixedAddresses): object => {
      if (!isFixed) return {}
      const [, , third4 = '0', last = '0'] = fixedAddresses[name].split('.')
      const addresses =
        context.lacks('ipv6') === undefined
          ? [fixedAddresses[name], third4 === '0' ? `fd00:10::${last}` : `fd00:10:0:${third4}::${last}`]
          : [fixedAddresses[name]]
      return { addresses }
    }
    const serve = {
      image: 'registry.k8s.io/e2e-test-images/agnhost:2.53',
      args: ['netexec', `--http-port=${HTTP_PORT}`, `--udp-port=${UDP_PORT}`],
    }
    const [client, neighbour, server, other] = await Promise.all([
      cluster.runPod({ name: 'client', node: left.name, ...fixed('client') }),
      cluster.runPod({ name: 'neighbour', node: left.name, ...fixed('neighbour') }),
      cluster.runPod({ name: 'server', node: right.name, ...serve, ...fixed('server') }),
      cluster.runPod({ name: 'other', node: third.name, ...fixed('other') }),
    ])
    Object.assign(world, { client, neighbour, server, other })
    world.uplink = await findUplink(left, addressOf(left))
  },
}
