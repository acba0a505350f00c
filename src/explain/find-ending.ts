import type { Outcome } from '../probe/outcome.ts'
import type { Ending, HookPassage, Passage, RuleStep, Tuple } from './explanation.ts'

/** Where a packet ended that took these passages, judged by the last of them. */
export function findEnding(passages: readonly Passage[], wanted: Tuple, outcome: Outcome): Ending | undefined {
  const last = passages.at(-1)
  const hook = last?.hooks.at(-1)
  if (last === undefined || hook === undefined) return undefined
  const { host } = last
  const decisive = hook.rules.findLast(({ action }) => /^(policy )?drop$|^reject$/.test(action))
  if (decisive !== undefined && !hook.passed) return droppedBy(host, hook, decisive)
  if (hook.hook === 'input' && hook.passed) {
    const here = passages.filter(({ host }) => host === last.host)
    return deliveredTo(last, here.some(isRedirected), wanted, outcome)
  }
  if (hook.hook === 'postrouting' && hook.passed) return lostAfter(last, outcome)
  if (hook.hook === 'prerouting') return notRouted(last)
  const after = hook.rules.at(-1)
  const where = after === undefined ? hook.hook.toUpperCase() : `${hook.hook.toUpperCase()}, after ${ruleText(after)}`
  return {
    kind: 'not-forwarded',
    host,
    text: `it was last seen on ${host} in ${where}: what ended it there cannot be traced (a rule of iptables-legacy, eBPF, the MTU)`,
  }
}

function droppedBy(host: string, { hook }: HookPassage, step: RuleStep): Ending {
  const { table, chain, rule, action } = step
  const kind = action === 'reject' ? 'rejected' : 'dropped'
  const by = rule === undefined ? `the policy of ${table} ${chain}` : `the rule ${rule}`
  return {
    kind,
    host,
    text: `${kind} on ${host} in ${hook.toUpperCase()} by ${by} (table ${table})`,
    decidedBy: { table, chain, ...(rule !== undefined && { rule }) },
  }
}

function deliveredTo(last: Passage, redirected: boolean, wanted: Tuple, outcome: Outcome): Ending {
  const { host, left } = last
  const place = left.destinationPort === undefined ? left.destination : endpoint(left)
  const answered = {
    ok: '',
    refused: '; nothing listens there: it answered so',
    rejected: '',
    'timed-out': '; no answer came back',
    error: '',
  }[outcome]
  if (redirected && left.destinationPort !== wanted.destinationPort) {
    return { kind: 'proxied', host, text: `delivered on ${host} to ${place}, where a rule redirected it${answered}` }
  }
  return { kind: 'delivered', host, text: `delivered on ${host} to ${place}${answered}` }
}

/** By REDIRECT, or by TPROXY, which leaves the packet as it is. */
function isRedirected(passage: Passage): boolean {
  return passage.hooks.some(({ rules }) =>
    rules.some(({ rule }) => rule !== undefined && / -j (REDIRECT|TPROXY)\b/.test(rule)),
  )
}

function lostAfter({ host, outInterface, encryption }: Passage, outcome: Outcome): Ending {
  const device = outInterface ?? 'an interface'
  if (encryption !== undefined && encryption.peer === undefined) {
    return {
      kind: 'lost',
      host,
      text: `given to the WireGuard device ${device} on ${host}, which has no peer whose allowed IPs hold the destination`,
    }
  }
  const sent = encryption === undefined ? 'left' : 'was encrypted and left'
  const told = outcome === 'rejected' ? '; an ICMP error came back' : ''
  return { kind: 'lost', host, text: `it ${sent} ${host} by ${device} and was seen on no other host${told}` }
}

function notRouted({ host, route, inInterface, settings }: Passage): Ending {
  const came = inInterface === undefined ? 'it' : `it came in by ${inInterface} and`
  const reasons = settings?.map(({ name, value }) => `${name} is ${value}`).join(', ') ?? ''
  const because = reasons === '' ? '' : ` (${reasons})`
  if (route?.found === false) {
    return { kind: 'no-route', host, text: `${came} found no way on ${host}: ${route.text}${because}` }
  }
  return { kind: 'not-forwarded', host, text: `${came} was neither delivered nor forwarded by ${host}${because}` }
}

export function ruleText({ table, chain, rule, action }: RuleStep): string {
  return rule === undefined ? `${action} of ${table} ${chain}` : `${rule} (table ${table})`
}

export function endpoint({ destination, destinationPort }: Pick<Tuple, 'destination' | 'destinationPort'>): string {
  return withPort(destination, destinationPort)
}

export function withPort(address: string, port: number | undefined): string {
  if (port === undefined) return address
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
