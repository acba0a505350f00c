import type { PodRules } from './pod-rules.ts'

const chains = ['INPUT', 'FORWARD', 'OUTPUT'] as const
const protocols = ['tcp', 'udp'] as const

/** First in filter: nothing passes while the rules are replaced. */
export async function addGuardrails(pod: PodRules): Promise<void> {
  await pod.restore(payload((chain, protocol) => `-I ${chain} 1 -p ${protocol} -j DROP`))
}

export async function removeGuardrails(pod: PodRules): Promise<void> {
  await pod.restore(payload((chain, protocol) => `-D ${chain} -p ${protocol} -j DROP`))
}

function payload(line: (chain: string, protocol: string) => string): string {
  const lines = chains.flatMap((chain) => protocols.map((protocol) => line(chain, protocol)))
  return `*filter\n${lines.join('\n')}\nCOMMIT\n`
}
