import { isAddress } from '../../../../helpers/cidr.ts'
import { parseGoDuration } from '../../../../helpers/go-duration.ts'
import { messageOf, PacketproofError } from '../../../errors.ts'
import {
  type GivenText,
  readCidrChoice,
  readCidrs,
  readInterfaces,
  readLoopbackCidr,
  readNumber,
  readOwners,
  readPort,
  readPortChoice,
  readPorts,
  refusal,
  splitList,
} from '../inject/read-values.ts'
import { variables } from './flag-table.ts'
import type { InitOptions, OwnerGroups } from './init-options.ts'
import type { FlagTexts } from './read-flags.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** One rule names all of them, and iptables takes only so many matches in one. */
const maxOwnerGroups = 64

/**
 * Checks all that was given, before anything is touched.
 * @param userId the numeric id of a user by name, when there is such a user
 * @throws PacketproofError E_USAGE that names the flag or variable, its text, and what was expected.
 */
export function readInitOptions(
  flags: FlagTexts,
  env: Environment,
  userId: (name: string) => string | undefined,
): InitOptions {
  const given = (name: string): GivenText => ({ text: flags.text(name), place: flags.place(name) })
  if (flags.isOn('native-nftables')) {
    throw refusal(given('native-nftables'), 'rules are written with iptables alone', 'leave the flag out')
  }
  const { proxyUids, proxyGids } = readProxyOwners(flags, given, env, userId)
  return {
    proxyPort: readPort(given('envoy-port')),
    inboundCapturePort: readPort(given('inbound-capture-port')),
    inboundTunnelPort: readPort(given('inbound-tunnel-port')),
    proxyUids,
    proxyGids,
    mode: readMode(given('istio-inbound-interception-mode')),
    tproxyMark: readNumber(given('istio-inbound-tproxy-mark'), 2 ** 32 - 1),
    tproxyRouteTable: readNumber(given('istio-inbound-tproxy-route-table'), 2 ** 32 - 1),
    inboundPorts: readPortChoice(given('istio-inbound-ports')),
    inboundPortsExclude: readPorts(given('istio-local-exclude-ports')),
    excludeInterfaces: readInterfaces(given('istio-exclude-interfaces')),
    outboundCidrs: readCidrChoice(given('istio-service-cidr')),
    outboundCidrsExclude: readExcludedCidrs(given('istio-service-exclude-cidr')),
    outboundPorts: readPorts(given('istio-outbound-ports')),
    outboundPortsExclude: readPorts(given('istio-local-outbound-ports-exclude')),
    virtualInterfaces: readInterfaces(given('kube-virt-interfaces')),
    ownerGroups: readOwnerGroups(env),
    loopbackCidr: readLoopbackCidr(fromEnvironment(env, variables.loopbackCidr)),
    redirectDns: flags.isOn('redirect-dns'),
    captureAllDns: flags.isOn('capture-all-dns'),
    dropInvalid: flags.isOn('drop-invalid'),
    dualStack: flags.isOn('dual-stack'),
    probePort: Number(readPort(given('iptables-probe-port'))),
    probeTimeoutMs: readTimeout(given('probe-timeout')),
    runValidation: flags.isOn('run-validation'),
    skipRuleApply: flags.isOn('skip-rule-apply'),
    networkNamespace: flags.text('network-namespace'),
    reconcile: flags.isOn('reconcile'),
    cleanupOnly: flags.isOn('cleanup-only'),
    forceApply: flags.isOn('force-apply'),
    forceBinary: readBinary(given('force-iptables-binary')),
    dryRun: flags.isOn('dry-run'),
    hostAddresses: readAddresses(given('host-addresses'), flags.isGiven('host-addresses')),
    resolvConf: flags.text('resolv-conf'),
  }
}

/** Upstream takes two empty lists for 1337; said in so many words they are more likely a mistake that makes a loop. */
function readProxyOwners(
  flags: FlagTexts,
  given: (name: string) => GivenText,
  env: Environment,
  userId: (name: string) => string | undefined,
): Pick<InitOptions, 'proxyUids' | 'proxyGids'> {
  const [uid, gid] = [given('proxy-uid'), given('proxy-gid')]
  const user = env[variables.envoyUser.name] ?? variables.envoyUser.preset
  const proxyUids = uid.text === '' ? [userId(user) ?? '1337'] : readOwners(uid)
  const proxyGids = gid.text === '' ? proxyUids : readOwners(gid)
  const areBothGiven = flags.isGiven('proxy-uid') && flags.isGiven('proxy-gid')
  const isNobody = proxyUids.length + proxyGids.length === 0
  if (!isNobody && !(areBothGiven && uid.text === '' && gid.text === '')) return { proxyUids, proxyGids }
  throw new PacketproofError(
    'E_USAGE',
    `${uid.place} and ${gid.place} name nobody: whose traffic is the proxy's own?`,
    {
      hint: 'what the proxy sends would come back to it without end; leave both out for 1337',
    },
  )
}

function fromEnvironment(env: Environment, variable: { readonly name: string; readonly preset: string }): GivenText {
  return { place: variable.name, text: env[variable.name] ?? variable.preset }
}

function readMode(given: GivenText): InitOptions['mode'] {
  if (given.text === '' || given.text === 'REDIRECT') return 'REDIRECT'
  if (given.text === 'TPROXY') return 'TPROXY'
  const hint =
    given.text === 'NONE' ? 'a pod with the mode NONE gets no init container at all' : 'in capital letters, or left out'
  throw refusal(given, 'expected REDIRECT or TPROXY', hint)
}

function readExcludedCidrs(given: GivenText): readonly string[] {
  if (given.text !== '*') return readCidrs(given)
  throw refusal(given, 'invalid value for OUTBOUND_IP_RANGES_EXCLUDE: all can not be excluded', 'leave -i out instead')
}

function readOwnerGroups(env: Environment): OwnerGroups {
  const include = fromEnvironment(env, variables.ownerGroups)
  if (include.text === '*') {
    return { kind: 'all-except', groups: readOwners(fromEnvironment(env, variables.ownerGroupsExclude)) }
  }
  const groups = readOwners(include)
  if (groups.length <= maxOwnerGroups) return { kind: 'only', groups }
  throw new PacketproofError(
    'E_USAGE',
    `${include.place}: number of owner groups whose outgoing traffic should be redirected to Envoy cannot exceed ` +
      `${maxOwnerGroups}, got ${groups.length}: [${groups.join(' ')}]`,
    { hint: `name those to leave out instead: ${variables.ownerGroupsExclude.name} has no limit` },
  )
}

function readTimeout(given: GivenText): number {
  try {
    const ms = Number(parseGoDuration(given.text) / 1_000_000n)
    if (ms > 0) return ms
  } catch (error) {
    throw refusal(given, `expected a duration such as 5s (${messageOf(error)})`)
  }
  throw refusal(given, 'expected a duration longer than nothing, such as 5s')
}

function readBinary(given: GivenText): InitOptions['forceBinary'] {
  if (given.text === '' || given.text === 'legacy' || given.text === 'nft') return given.text
  throw refusal(given, `invalid FORCE_IPTABLES_BINARY value "${given.text}": expected legacy or nft`)
}

function readAddresses(given: GivenText, isGiven: boolean): readonly string[] | undefined {
  if (!isGiven) return undefined
  const wrong = splitList(given.text).find((item) => !isAddress(item))
  if (wrong === undefined) return splitList(given.text)
  throw refusal(given, `"${wrong}" is not an address`)
}
