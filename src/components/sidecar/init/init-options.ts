/** Which processes' traffic is captured: that of all groups but these, or of these alone. */
export interface OwnerGroups {
  readonly kind: 'all-except' | 'only'
  readonly groups: readonly string[]
}

/** What istio-iptables is told by flags and environment, checked. Texts that end up in rules are as they were written. */
export interface InitOptions {
  /** Where outgoing connections end up. */
  readonly proxyPort: string
  /** Where incoming ones do. */
  readonly inboundCapturePort: string
  /** HBONE: never captured. */
  readonly inboundTunnelPort: string
  readonly proxyUids: readonly string[]
  readonly proxyGids: readonly string[]
  readonly mode: 'REDIRECT' | 'TPROXY'
  readonly tproxyMark: string
  readonly tproxyRouteTable: string
  /** Ports; an empty list captures nothing that comes in. */
  readonly inboundPorts: '*' | readonly string[]
  /** Counts only where `inboundPorts` is `*`. */
  readonly inboundPortsExclude: readonly string[]
  readonly excludeInterfaces: readonly string[]
  /** CIDRs; an empty list captures nothing that goes out. */
  readonly outboundCidrs: '*' | readonly string[]
  readonly outboundCidrsExclude: readonly string[]
  /** Captured wherever they lead. */
  readonly outboundPorts: readonly string[]
  readonly outboundPortsExclude: readonly string[]
  /** Interfaces whose incoming traffic counts as outgoing. */
  readonly virtualInterfaces: readonly string[]
  readonly ownerGroups: OwnerGroups
  /** What counts as localhost in IPv4. */
  readonly loopbackCidr: string
  readonly redirectDns: boolean
  readonly captureAllDns: boolean
  readonly dropInvalid: boolean
  readonly dualStack: boolean
  readonly probePort: number
  readonly probeTimeoutMs: number
  readonly runValidation: boolean
  readonly skipRuleApply: boolean
  readonly networkNamespace: string
  readonly reconcile: boolean
  readonly cleanupOnly: boolean
  readonly forceApply: boolean
  readonly forceBinary: '' | 'legacy' | 'nft'
  readonly dryRun: boolean
  /** In a dry run: stand for those of the machine. */
  readonly hostAddresses: readonly string[] | undefined
  readonly resolvConf: string
}
