import { agentCommand, type Host, isEqual, type StepContext, type StepDefinition } from '../../../src/index.ts'
import type { SidecarWorld } from '../world.ts'

const flags = ['-b', '*', '-i', '*', '-d', '15090,15021,15020', '-u', '1337']

/** What is wrong, and the words by which its message is known. */
const wrongs: readonly { readonly what: string; readonly argv: readonly string[]; readonly says: string }[] = [
  { what: 'port 0', argv: ['-p', '0'], says: 'expected a port from 1 to 65535' },
  { what: 'port 70000', argv: ['-d', '70000'], says: '"70000" is not a port' },
  { what: 'a port 1-x', argv: ['-b', '1-x'], says: '"1-x" is not a port' },
  {
    what: 'a list of CIDRs with a space',
    argv: ['-i', '10.0.0.0/8, 10.1.0.0/16'],
    says: '" 10.1.0.0/16" is not a CIDR',
  },
  { what: 'all excluded', argv: ['-x', '*'], says: 'invalid value for OUTBOUND_IP_RANGES_EXCLUDE' },
  { what: '* beside a port', argv: ['-b', '*,80'], says: '"*" is not a port' },
  { what: 'neither user nor group', argv: ['-u', '', '-g', ''], says: 'name nobody' },
  { what: 'an unknown mode', argv: ['-m', 'FOO'], says: 'expected REDIRECT or TPROXY' },
]

export const badInput: StepDefinition<SidecarWorld> = {
  id: 'bad-input',
  title: 'run istio-init again, with bad flags and with the same ones',
  claims: ['S1.33'],
  needs: ['mesh'],
  requires: ['host-images'],
  async run(context, world) {
    const pod = world.pod('productpage')
    const init = agentCommand('sidecar-init')
    const bare = ['setpriv', '--bounding-set', '-net_admin', '--inh-caps', '-net_admin']
    const tries = [
      ...wrongs.map(({ argv, ...wrong }) => ({ ...wrong, argv: [...init, ...argv] })),
      { what: 'TPROXY without the capability', argv: [...bare, ...init, ...flags, '-m', 'TPROXY'], says: 'NET_ADMIN' },
      { what: 'flags that differ from what is there', argv: [...init, '-b', '80'], says: 'are as they were' },
    ]
    const before = await rulesOf(context, pod)
    const results: { what: string; says: string; isRefused: boolean; said: string }[] = []
    for (const { what, argv, says } of tries) {
      const { exitCode, stderr } = await pod.exec(argv, { signal: context.signal })
      results.push({ what, says, isRefused: exitCode !== 0 && exitCode !== null, said: stderr.trim() })
    }
    const after = await rulesOf(context, pod)
    const again = await pod.exec([...init, ...flags, '--dual-stack=false'], { signal: context.signal })
    const afterAgain = await rulesOf(context, pod)
    await context.claim('S1.33', (claim) => {
      claim.control('rules of the sidecar before', isEqual(before.includes('ISTIO_OUTPUT'), true))
      for (const { what, says, isRefused, said } of results) {
        claim.observe(`${what}: it is refused`, isEqual(isRefused, true))
        const message = said.split('\n').find((line) => line.startsWith('error: ')) ?? said
        claim.observe(`${what}: it says why`, { pass: message.includes(says), expected: says, observed: message })
      }
      claim.observe('the rules are as they were', isEqual(after === before, true))
      claim.observe('the same flags: it ends well', isEqual(again.exitCode, 0))
      claim.observe('the same flags: the rules are as they were', isEqual(afterAgain === before, true))
    })
  },
}

/** All rules of both families, without what moves by itself. */
async function rulesOf({ signal }: StepContext, pod: Host): Promise<string> {
  const texts = await Promise.all(
    ['iptables-save', 'ip6tables-save'].map(async (program) => (await pod.exec([program], { signal })).stdout),
  )
  return texts.join('').replaceAll(/^#.*\n|\[\d+:\d+\]/gm, '')
}
