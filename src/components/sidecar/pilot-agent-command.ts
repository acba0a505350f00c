import { PacketproofError } from '../../errors.ts'
import { sidecarInitCommand } from './init/init-command.ts'
import { sidecarProxyCommand } from './proxy/proxy-command.ts'

/**
 * `packetproof agent pilot-agent`: takes the arguments that Istio's images are given in an injected pod: `istio-iptables …` is
 * sidecar-init; `proxy sidecar …` is sidecar-proxy, which takes its mode from the environment and none of Envoy's flags.
 * @returns the agent's exit code.
 * @throws PacketproofError E_USAGE for another word.
 */
export async function pilotAgentCommand(argv: readonly string[]): Promise<number> {
  const [word = ''] = argv
  if (word === 'istio-iptables') return await sidecarInitCommand(argv.slice(1))
  if (word === 'proxy') return await sidecarProxyCommand([])
  throw new PacketproofError('E_USAGE', `"${word}" is not a command of pilot-agent that has a stand-in here`, {
    hint: 'those that have one: istio-iptables, proxy',
  })
}
