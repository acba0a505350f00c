import { findChain } from '../../ruleset/model.ts'
import { parseRuleset } from '../../ruleset/parse-ruleset.ts'
import { chainNames, type IpFamily } from './names.ts'
import type { FamilyState, NodeState } from './observe.ts'
import type { Command, DesiredNode } from './plan-node.ts'
import { type OwnChain, ownChains, renderMangle } from './rules.ts'

/** The chains of the mangle table of one family, and their calls: what differs from what is wanted is written anew. */
export function planRules(state: NodeState, desired: DesiredNode, family: IpFamily): Command[] {
  const mangle = state.families[family]?.mangle
  const chains = ownChains(family, { uplink: desired.uplink.name, strict: desired.strict })
  const wanted = parseRuleset(renderMangle(chains, [], { rules: [], chains: [] }), {
    source: 'the rules that are wanted',
  })
  const isRight = ({ name }: OwnChain): boolean => {
    const [now, then] = [mangle, wanted].map((ruleset) => ruleset && findChain(ruleset, 'mangle', name)?.rules)
    return now?.length === then?.length && (now ?? []).every((rule, at) => rule.identity === then?.[at]?.identity)
  }
  const callsOf = (hook: string, name: string): number =>
    (mangle &&
      findChain(mangle, 'mangle', hook)?.rules.filter(
        ({ target, spec }) => target === name && spec.trim() === `-j ${name}`,
      ).length) ??
    0
  const payload = renderMangle(
    chains.filter(
      (chain) => mangle === undefined || findChain(mangle, 'mangle', chain.name) === undefined || !isRight(chain),
    ),
    chains.filter(({ hook, name }) => callsOf(hook, name) === 0),
    leftovers(
      state.families[family],
      chains.map(({ name }) => name),
    ),
  )
  const extra = chains.flatMap(({ hook, name }) =>
    Array.from({ length: Math.max(0, callsOf(hook, name) - 1) }, () => `-D ${hook} -j ${name}`),
  )
  const restore = family === 4 ? 'iptables-restore' : 'ip6tables-restore'
  return [payload, extra.length === 0 ? '' : ['*mangle', ...extra, 'COMMIT', ''].join('\n')]
    .filter((stdin) => stdin !== '')
    .map((stdin) => ({ argv: [restore, '-w', '5', '--noflush'], stdin, why: `write the rules of IPv${family}` }))
}

/** A strict chain where strict mode is off. */
function leftovers(state: FamilyState | undefined, wanted: readonly string[]): { rules: string[]; chains: string[] } {
  const name = chainNames.strict
  if (state === undefined || wanted.includes(name) || findChain(state.mangle, 'mangle', name) === undefined) {
    return { rules: [], chains: [] }
  }
  const calls = findChain(state.mangle, 'mangle', 'POSTROUTING')?.rules.filter(({ target }) => target === name) ?? []
  return { rules: calls.map(({ spec }) => `POSTROUTING ${spec}`), chains: [name] }
}
