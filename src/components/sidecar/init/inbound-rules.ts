import { chains } from './chains.ts'
import type { InitOptions } from './init-options.ts'
import type { ByFamily, RuleBuilder } from './rule-builder.ts'

/** What comes in from outside the pod: REDIRECT in nat, or TPROXY in mangle. */
export function addInboundRules(builder: RuleBuilder, options: InitOptions, loopback: ByFamily): void {
  const { inboundPorts } = options
  if (inboundPorts !== '*' && inboundPorts.length === 0) return
  const isTproxy = options.mode === 'TPROXY'
  const table = isTproxy ? 'mangle' : 'nat'
  if (isTproxy) addTproxyTargets(builder, options, loopback)
  builder.append(table, 'PREROUTING', '-p', 'tcp', '-j', chains.inbound)
  if (inboundPorts === '*') {
    for (const port of options.inboundPortsExclude) {
      builder.append(table, chains.inbound, '-p', 'tcp', '--dport', port, '-j', 'RETURN')
    }
  }
  const selections = inboundPorts === '*' ? [[]] : inboundPorts.map((port) => ['--dport', port])
  for (const selection of selections) {
    if (isTproxy) {
      const established = ['-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED']
      builder.append('mangle', chains.inbound, '-p', 'tcp', ...selection, ...established, '-j', chains.divert)
    }
    const target = isTproxy ? chains.tproxy : chains.inRedirect
    builder.append(table, chains.inbound, '-p', 'tcp', ...selection, '-j', target)
  }
}

function addTproxyTargets(builder: RuleBuilder, options: InitOptions, loopback: ByFamily): void {
  const { tproxyMark, inboundCapturePort } = options
  builder.append('mangle', chains.divert, '-j', 'MARK', '--set-mark', tproxyMark)
  builder.append('mangle', chains.divert, '-j', 'ACCEPT')
  builder.append(
    ...(['mangle', chains.tproxy, '!', '-d', loopback, '-p', 'tcp', '-j', 'TPROXY'] as const),
    ...['--tproxy-mark', `${tproxyMark}/0xffffffff`, '--on-port', inboundCapturePort],
  )
}
