import {
  type ExecResult,
  ensureSuccess,
  findChain,
  isEqual,
  readRuleset,
  type StepDefinition,
} from '../../../src/index.ts'
import { GUARD, SET } from '../documents.ts'
import type { ForwardGuardWorld } from '../world.ts'

const DOCUMENTED = 'No chain/target/match by that name.'
const NFT = 'Bad rule (does a matching rule exist in that chain?).'
/** The same rule but for its interface. */
const OTHER = GUARD.map((word) => (word === 'ens18' ? 'ens19' : word))

export const deletionTexts: StepDefinition<ForwardGuardWorld> = {
  id: 'deletion-texts',
  title: 'delete the rule by another definition, with either iptables',
  claims: ['S4.16', 'S4.16a'],
  async run(context) {
    const [node] = context.cluster.nodes
    if (node === undefined) throw new Error('there is no node')
    await ensureSuccess(node, ['ipset', 'create', SET, 'iphash'])
    const results: Record<'nft' | 'legacy', ExecResult[]> = { nft: [], legacy: [] }
    const left: Record<'nft' | 'legacy', number> = { nft: 0, legacy: 0 }
    for (const backend of ['nft', 'legacy'] as const) {
      const tool = [`iptables-${backend}`, '-w', '5', '-t', 'filter']
      await ensureSuccess(node, [...tool, '-A', 'FORWARD', ...GUARD])
      results[backend].push(await node.exec([...tool, '-D', 'FORWARD', ...OTHER]))
      const ruleset = await readRuleset(node, { table: 'filter', backend, signal: context.signal })
      left[backend] = (findChain(ruleset, 'filter', 'FORWARD')?.rules ?? []).filter(
        (rule) => rule.target === 'REJECT',
      ).length
      await ensureSuccess(node, [...tool, '-D', 'FORWARD', ...GUARD])
    }
    await ensureSuccess(node, ['ipset', 'destroy', SET])
    const said = (backend: 'nft' | 'legacy', text: string) => {
      const stderr = results[backend][0]?.stderr.trim() ?? ''
      return { pass: stderr.includes(text), expected: text, observed: stderr }
    }
    await context.claim('S4.16', (claim) => {
      claim.control('the deletion failed', isEqual(results.nft[0]?.exitCode, 1))
      claim.observe('what the iptables of the nodes says', said('nft', DOCUMENTED))
    })
    await context.claim('S4.16a', (claim) => {
      for (const backend of ['nft', 'legacy'] as const) {
        claim.observe(`iptables-${backend}: exit code`, isEqual(results[backend][0]?.exitCode, 1))
        claim.observe(`iptables-${backend}: rules left`, isEqual(left[backend], 1))
      }
      claim.observe('what iptables-nft says', said('nft', NFT))
      claim.observe('what iptables-legacy says', said('legacy', DOCUMENTED))
    })
  },
}
