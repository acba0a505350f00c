import { chains, outboundMark, passthroughSource } from './chains.ts'
import type { InitOptions } from './init-options.ts'
import type { ByFamily, RuleBuilder } from './rule-builder.ts'

/** The marks that keep TPROXY from catching what the proxy sends on with the client's address, and lead the answers back to it. */
export function addTproxyRules(builder: RuleBuilder, options: InitOptions, loopback: ByFamily): void {
  const { tproxyMark: mark, proxyUids, proxyGids } = options
  const marked = ['-m', 'mark', '--mark', mark]
  builder.append('mangle', 'PREROUTING', '-p', 'tcp', ...marked, '-j', 'CONNMARK', '--save-mark')
  builder.append('mangle', 'OUTPUT', '-p', 'tcp', '-o', 'lo', ...marked, '-j', 'RETURN')
  const owners = [...proxyUids.map((uid) => ['--uid-owner', uid]), ...proxyGids.map((gid) => ['--gid-owner', gid])]
  for (const owner of owners) {
    const own = ['-p', 'tcp', '-o', 'lo', '-m', 'owner', ...owner]
    builder.append('mangle', 'OUTPUT', '!', '-d', loopback, ...own, '-j', 'MARK', '--set-mark', outboundMark)
  }
  const connection = ['-m', 'connmark', '--mark', mark]
  builder.append('mangle', 'OUTPUT', '-p', 'tcp', ...connection, '-j', 'CONNMARK', '--restore-mark')
  builder.insert('mangle', chains.inbound, 1, '-p', 'tcp', ...marked, '-j', 'RETURN')
  builder.insert('mangle', chains.inbound, 2, '-p', 'tcp', '-s', passthroughSource, '-i', 'lo', '-j', 'RETURN')
  builder.insert(
    'mangle',
    chains.inbound,
    3,
    '-p',
    'tcp',
    '-i',
    'lo',
    '-m',
    'mark',
    '!',
    '--mark',
    outboundMark,
    '-j',
    'RETURN',
  )
}
