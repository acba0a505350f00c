import { isEqual, type StepContext, type StepDefinition } from '../../../src/index.ts'
import { settle } from '../enforcement.ts'
import { ALLOW_FRONTEND, ALLOW_FRONTEND_BETA, ALLOW_TCP_443, modernPolicy } from '../policies.ts'
import type { NetworkPolicyWorld } from '../world.ts'

export const templates: StepDefinition<NetworkPolicyWorld> = {
  id: 'templates',
  title: "apply the document's two templates",
  claims: ['S3.6', 'S3.6a', 'S3.7', 'S3.7a'],
  async run(context, world) {
    await claimVersions(context)
    await claimFields(context)
    await context.cluster.apply([ALLOW_FRONTEND, ALLOW_TCP_443])
    await settle(context, world)
  },
}

/** The first template in the version of the document, and in today's. */
async function claimVersions(context: StepContext): Promise<void> {
  const { objects } = context.cluster.api
  const outcomeOf = async (object: typeof ALLOW_FRONTEND): Promise<string> =>
    await objects
      .create(object, undefined, 'All')
      .then(() => 'accepted')
      .catch((error: unknown) => `refused: ${error instanceof Error ? error.message : String(error)}`)
  const old = await outcomeOf(ALLOW_FRONTEND_BETA)
  const current = await outcomeOf(ALLOW_FRONTEND)
  await context.claim('S3.6', (claim) => {
    claim.control('the same as networking.k8s.io/v1', isEqual(current, 'accepted'))
    claim.observe('extensions/v1beta1', isEqual(old, 'accepted'))
  })
  await context.claim('S3.6a', (claim) => {
    claim.observe('networking.k8s.io/v1', isEqual(current, 'accepted'))
    claim.observe('extensions/v1beta1 is accepted', isEqual(old === 'accepted', false))
    claim.observe(
      'what is said of it names version and kind',
      isEqual(/extensions\/v1beta1/.test(old) && /NetworkPolicy/.test(old), true),
    )
  })
}

/** A policy with every field that the document's structures lack, as the API keeps it. */
async function claimFields(context: StepContext): Promise<void> {
  const policy = modernPolicy('10.0.0.0/8', '10.1.0.0/16')
  const { policyTypes: _, ...bare } = policy.spec
  const kept = await context.cluster.api.objects.create({ ...policy, spec: bare } as typeof policy, undefined, 'All')
  const [first, second] = kept.spec.egress
  await context.claim('S3.7', (claim) => {
    const documented = new Set(['podSelector', 'ingress'])
    const more = Object.entries(kept.spec).flatMap(([field, value]) => (value === undefined ? [] : [field]))
    claim.observe(
      'fields of the spec that the API keeps beside those of the document',
      isEqual(more.filter((field) => !documented.has(field)).sort(), []),
    )
  })
  await context.claim('S3.7a', (claim) => {
    claim.observe('policyTypes, filled in', isEqual([...kept.spec.policyTypes].sort(), ['Egress', 'Ingress']))
    claim.observe('ipBlock', isEqual({ ...first?.to?.[0]?.ipBlock }, { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] }))
    claim.observe('endPort', isEqual(portOf(first?.ports[0], 'endPort'), 442))
    claim.observe('a named port', isEqual(portOf(second?.ports[0], 'port'), 'serve-6379-tcp'))
  })
}

function portOf(item: object | undefined, field: string): unknown {
  return (item as Readonly<Record<string, unknown>> | undefined)?.[field]
}
