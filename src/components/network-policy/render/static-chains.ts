import type { Dialect, Marks } from '../dialect.ts'
import { accept, clearMarks, drop, giveBack, goTo, isClear, isSet, jumpTo, setMark } from './actions.ts'
import type { FelixChain, FelixRule } from './felix-rule.ts'

/** A chain of the kernel, with what Felix puts at its beginning and at its end. */
export interface KernelChain {
  readonly name: string
  readonly inserted: readonly FelixRule[]
  readonly appended: readonly FelixRule[]
}

export interface StaticTable {
  readonly table: 'filter' | 'raw' | 'nat'
  readonly kernelChains: readonly KernelChain[]
  readonly chains: readonly FelixChain[]
}

const workloads = 'cali+'

/** What does not depend on pods and policies. */
export function staticTables(dialect: Dialect): readonly StaticTable[] {
  return [filter(dialect), raw(dialect), nat]
}

function filter({ marks }: Dialect): StaticTable {
  const others = marks.pass | marks.allBlocks | marks.thisBlock
  return {
    table: 'filter',
    kernelChains: [
      { name: 'INPUT', inserted: [{ action: jumpTo('cali-INPUT') }], appended: [] },
      {
        name: 'FORWARD',
        inserted: [{ action: jumpTo('cali-FORWARD') }],
        appended: [
          { comments: ['Policy explicitly accepted packet.'], match: isSet(marks.accept), action: accept },
          { action: setMark(marks.accept) },
        ],
      },
      { name: 'OUTPUT', inserted: [{ action: jumpTo('cali-OUTPUT') }], appended: [] },
    ],
    chains: [
      {
        name: 'cali-FORWARD',
        rules: [
          { action: clearMarks(others) },
          { match: isClear(marks.accept), action: jumpTo('cali-from-hep-forward') },
          { match: `--in-interface ${workloads}`, action: jumpTo('cali-from-wl-dispatch') },
          { match: `--out-interface ${workloads}`, action: jumpTo('cali-to-wl-dispatch') },
          { action: jumpTo('cali-to-hep-forward') },
          { action: jumpTo('cali-cidr-block') },
        ],
      },
      {
        name: 'cali-INPUT',
        rules: [
          { match: `--in-interface ${workloads}`, action: goTo('cali-wl-to-host') },
          { match: isSet(marks.accept), action: accept },
          ...hostEndpoint(marks, { action: jumpTo('cali-from-host-endpoint') }),
        ],
      },
      {
        // What a node sends to its own pods is nobody's to judge: the kubelet must reach them.
        name: 'cali-OUTPUT',
        rules: [
          { match: isSet(marks.accept), action: accept },
          { match: `--out-interface ${workloads}`, action: giveBack },
          ...hostEndpoint(marks, { match: '-m conntrack ! --ctstate DNAT', action: jumpTo('cali-to-host-endpoint') }),
        ],
      },
      {
        name: 'cali-wl-to-host',
        rules: [
          { action: jumpTo('cali-from-wl-dispatch') },
          { comments: ['Configured DefaultEndpointToHostAction'], action: accept },
        ],
      },
      { name: 'cali-from-host-endpoint', rules: [] },
      { name: 'cali-to-host-endpoint', rules: [] },
      { name: 'cali-from-hep-forward', rules: [] },
      { name: 'cali-to-hep-forward', rules: [] },
      { name: 'cali-cidr-block', rules: [] },
    ],
  }
}

/** Policies of the node itself would be asked here: there are none. */
function hostEndpoint(marks: Marks, ask: FelixRule): readonly FelixRule[] {
  return [
    { action: clearMarks(allOf(marks)) },
    ask,
    { comments: ['Host endpoint policy accepted packet.'], match: isSet(marks.accept), action: accept },
  ]
}

function allOf({ accept, pass, allBlocks, thisBlock }: Marks): number {
  return accept | pass | allBlocks | thisBlock
}

/** A pod may send from its own address alone: the way back must lead to its interface. Old versions left that to the kernel. */
function raw({ marks, checksSources }: Dialect): StaticTable {
  const fromWorkload = marks.allBlocks
  const cleared = checksSources ? allOf(marks) : allOf({ ...marks, thisBlock: 0 })
  return {
    table: 'raw',
    kernelChains: [{ name: 'PREROUTING', inserted: [{ action: jumpTo('cali-PREROUTING') }], appended: [] }],
    chains: [
      {
        name: 'cali-PREROUTING',
        rules: [
          { action: clearMarks(cleared) },
          { match: `--in-interface ${workloads}`, action: setMark(fromWorkload) },
          ...(checksSources
            ? [{ match: `${isSet(fromWorkload)} -m rpfilter --validmark --invert`, action: drop }]
            : []),
          { match: isClear(fromWorkload), action: jumpTo('cali-from-host-endpoint') },
          { match: isSet(marks.accept), action: accept },
        ],
      },
      { name: 'cali-from-host-endpoint', rules: [] },
    ],
  }
}

/** Where floating addresses and outgoing NAT would be: the chains are on a packet's way whether or not they hold rules. */
const nat: StaticTable = {
  table: 'nat',
  kernelChains: [{ name: 'POSTROUTING', inserted: [{ action: jumpTo('cali-POSTROUTING') }], appended: [] }],
  chains: [
    {
      name: 'cali-POSTROUTING',
      rules: [{ action: jumpTo('cali-fip-snat') }, { action: jumpTo('cali-nat-outgoing') }],
    },
    { name: 'cali-fip-snat', rules: [] },
    { name: 'cali-nat-outgoing', rules: [] },
  ],
}
