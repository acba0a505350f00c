import {
  compareListing,
  findChain,
  isEqual,
  listingEvidence,
  listsRules,
  listsSelectedRules,
  parseListing,
  readRuleset,
  type StepDefinition,
} from '../../../src/index.ts'
import { chainOf, workersOf } from '../agent.ts'
import { skipsDefaults } from '../present.ts'
import { chainRules, DEFAULT_CIDRS, LINK_LOCAL, listsJump } from '../rules.ts'
import type { MasqueradeWorld } from '../world.ts'

/** The first listing of the document. */
const DOCUMENTED = `
RETURN     all  --  anywhere             169.254.0.0/16       /* ip-masq-agent: cluster-local traffic should not be subject to MASQUERADE */ ADDRTYPE match dst-type !LOCAL
RETURN     all  --  anywhere             10.0.0.0/8           /* ip-masq-agent: cluster-local traffic should not be subject to MASQUERADE */ ADDRTYPE match dst-type !LOCAL
RETURN     all  --  anywhere             172.16.0.0/12        /* ip-masq-agent: cluster-local traffic should not be subject to MASQUERADE */ ADDRTYPE match dst-type !LOCAL
RETURN     all  --  anywhere             192.168.0.0/16       /* ip-masq-agent: cluster-local traffic should not be subject to MASQUERADE */ ADDRTYPE match dst-type !LOCAL
MASQUERADE  all  --  anywhere             anywhere             /* ip-masq-agent: outbound traffic should be subject to MASQUERADE (this match must come after cluster-local CIDR matches) */ ADDRTYPE match dst-type !LOCAL
`

const defaultClaims = ['S0.5', 'S0.6', 'S0.11', 'S0.11a', 'S0.23']

export const defaultListing: StepDefinition<MasqueradeWorld> = {
  id: 'default-listing',
  title: 'list the rules of the defaults',
  claims: defaultClaims,
  async run(context, world) {
    if (await skipsDefaults(context, world, defaultClaims)) return
    const chain = chainOf(world)
    for (const node of workersOf(context)) {
      const ruleset = await readRuleset(node, { table: 'nat', signal: context.signal })
      const rules = findChain(ruleset, 'nat', chain)?.rules ?? []
      const expected = chainRules([LINK_LOCAL, ...DEFAULT_CIDRS])
      const compared = listingEvidence(
        context.evidence,
        `the document's first listing, and ${node.name}`,
        compareListing(parseListing(DOCUMENTED, "the document's listing").rows, rules),
      )
      await context.claim('S0.5', (claim) => {
        claim.observe(`${node.name}: the chain`, listsRules(ruleset, 'nat', chain, expected))
      })
      await context.claim('S0.6', (claim) => {
        claim.observe(`${node.name}: the first rule`, isEqual(rules[0]?.destination?.value ?? 'none', LINK_LOCAL))
      })
      await context.claim('S0.11', (claim) => claim.observe(`${node.name}: line by line`, compared))
      await context.claim('S0.11a', (claim) => {
        claim.observe(
          `${node.name}: rules of the chain with an addrtype match`,
          listsSelectedRules(ruleset, { table: 'nat', chain, match: 'addrtype' }, []),
        )
        claim.observe(`${node.name}: the jump`, listsJump(ruleset, chain))
        claim.observe(`${node.name}: the chain with its comments`, listsRules(ruleset, 'nat', chain, expected))
      })
      await context.claim('S0.23', (claim) => {
        claim.observe(`${node.name}: the chain`, listsRules(ruleset, 'nat', chain, expected))
      })
    }
  },
}
