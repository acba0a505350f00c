/** What Cilium calls and numbers these things (pkg/wireguard/types, pkg/datapath/linux/linux_defaults, up to 1.13). */
export const deviceName = 'cilium_wg0'
export const listenPort = 51_871
export const routeTable = '201'
export const rulePriority = 1
export const encryptMark = { value: 0xe00, mask: 0xf00 } as const
export const publicKeyAnnotation = 'network.cilium.io/wg-pub-key'
export const defaultStateDirectory = '/var/run/cilium/state'

/** Where wireguard-go is spoken to. */
export const socketDirectory = '/var/run/wireguard'

/** Outer IPv6 header 40, UDP 8, WireGuard's header and tag 32. Over IPv4 it is 20 less, which nobody makes use of. */
export const overheadBytes = 80

/** Chains of the mangle table. Cilium marks in BPF; here rules do. */
export const chainNames = { mark: 'ENCRYPT-PODS', strict: 'ENCRYPT-STRICT' } as const
/** The pods on other nodes that a peer is known for. */
export const setNames = { 4: 'encrypt_pods4', 6: 'encrypt_pods6' } as const

export type IpFamily = 4 | 6
export const bothFamilies: readonly IpFamily[] = [4, 6]
