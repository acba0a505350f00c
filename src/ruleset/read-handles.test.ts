import { expect, it } from 'vitest'
import { parseHandles, rewrittenChains } from './read-handles.ts'

const listing = (masqueradeHandle: number): string => `table ip nat { # handle 3
\tchain IP-MASQ-AGENT { # handle 8
\t\tip daddr 169.254.0.0/16 counter packets 0 bytes 0 return # handle 11
\t\txt match "comment" counter packets 1 bytes 84 xt target "MASQUERADE" # handle ${masqueradeHandle}
\t}

\tchain POSTROUTING { # handle 4
\t\ttype nat hook postrouting priority srcnat; policy accept;
\t\tcounter packets 2 bytes 168 jump IP-MASQ-AGENT # handle 9
\t}
}
`

it('are those of the rules, by chain', () => {
  expect([...parseHandles(listing(12))]).toEqual([
    ['IP-MASQ-AGENT', ' 11 12'],
    ['POSTROUTING', ' 9'],
  ])
})

it('tell which chain was written anew', () => {
  const before = parseHandles(listing(12))
  expect([...rewrittenChains(before, before)]).toEqual([])
  expect([...rewrittenChains(before, parseHandles(listing(14)))]).toEqual(['IP-MASQ-AGENT'])
  expect([...rewrittenChains(before, undefined)]).toEqual([])
})
