import { familyOf } from '../../../helpers/cidr.ts'
import { chainNames, deviceName, encryptMark, type IpFamily, setNames } from './names.ts'

export interface RuleOptions {
  /** The interface that leads to the other nodes. */
  readonly uplink: string
  /** Drop what would leave in plain between these; undefined: not strict. */
  readonly strict: { readonly cidrs: readonly string[]; readonly localCidrs: readonly string[] } | undefined
}

/** A chain of the mangle table, where it is called from, and its rules without `-A CHAIN`. */
export interface OwnChain {
  readonly name: string
  readonly hook: 'PREROUTING' | 'POSTROUTING'
  readonly rules: readonly string[]
}

const hex = (value: number): string => `0x${value.toString(16)}`
export const markText = `${hex(encryptMark.value)}/${hex(encryptMark.mask)}`

/**
 * The chains of one family. Marked is what pods of this node send to pods of other nodes: what comes neither from the wire nor out of
 * the tunnel, and goes to an address of the set. The mark decides the route, so it is set before routing. In strict mode, what is
 * between pods and would leave by anything but the tunnel is dropped after routing, whatever mark it has: a missing route, rule or
 * peer then costs packets, not secrecy.
 */
export function ownChains(family: IpFamily, { uplink, strict }: RuleOptions): readonly OwnChain[] {
  const mark: OwnChain = {
    name: chainNames.mark,
    hook: 'PREROUTING',
    rules: [
      `-i ${uplink} -j RETURN`,
      `-i ${deviceName} -j RETURN`,
      `-m set --match-set ${setNames[family]} dst -j MARK --set-xmark ${markText}`,
    ],
  }
  if (strict === undefined) return [mark]
  const own = strict.cidrs.filter((cidr) => familyOf(cidr) === family)
  const local = strict.localCidrs.filter((cidr) => familyOf(cidr) === family)
  return [
    mark,
    {
      name: chainNames.strict,
      hook: 'POSTROUTING',
      rules: [
        `-o ${deviceName} -j RETURN`,
        ...local.map((cidr) => `-d ${cidr} -j RETURN`),
        ...own.flatMap((source) => own.map((destination) => `-s ${source} -d ${destination} -j DROP`)),
      ],
    },
  ]
}

/**
 * A payload for `iptables-restore --noflush`.
 * @param write the chains to write anew
 * @param call those whose call is missing
 * @param remove rules to delete (`PREROUTING -j CHAIN`) and chains to take away
 */
export function renderMangle(
  write: readonly OwnChain[],
  call: readonly OwnChain[],
  remove: { readonly rules: readonly string[]; readonly chains: readonly string[] },
): string {
  if (write.length + call.length + remove.rules.length + remove.chains.length === 0) return ''
  const lines = [
    '*mangle',
    ...write.map(({ name }) => `:${name} - [0:0]`),
    ...remove.rules.map((rule) => `-D ${rule}`),
    ...write.flatMap(({ name, rules }) => rules.map((rule) => `-A ${name} ${rule}`)),
    ...call.map(({ name, hook }) => `-I ${hook} 1 -j ${name}`),
    ...remove.chains.flatMap((name) => [`-F ${name}`, `-X ${name}`]),
    'COMMIT',
  ]
  return `${lines.join('\n')}\n`
}
