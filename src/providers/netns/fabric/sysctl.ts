import { writeFileSync } from 'node:fs'

/** `net.ipv4.ip_forward` and its value. Interface names may hold dots, so paths are written with slashes. */
export type Sysctls = Readonly<Record<string, string | number>>

/** Writes settings of the current network namespace; those that this kernel does not have are left out. */
export function writeSysctls(settings: Sysctls): void {
  for (const [path, value] of Object.entries(settings)) {
    const file = `/proc/sys/net/${path}`
    try {
      // Without O_CREAT: what is not there is not to be made.
      writeFileSync(file, String(value), { flag: 'r+' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
}

/**
 * What every namespace of the fabric has: no reverse path filter (its default depends on the machine), addresses only where
 * they were asked for, IPv6 on interfaces only when the cluster has it, and ping for every user.
 */
export function writeCommonSysctls(hasIpv6: boolean): void {
  writeSysctls({
    'ipv4/conf/all/rp_filter': 0,
    'ipv4/conf/default/rp_filter': 0,
    'ipv4/conf/all/accept_redirects': 0,
    'ipv4/conf/default/accept_redirects': 0,
    'ipv6/conf/default/disable_ipv6': hasIpv6 ? 0 : 1,
    'ipv6/conf/default/addr_gen_mode': 1,
    'ipv6/conf/default/accept_dad': 0,
    'ipv6/conf/default/dad_transmits': 0,
    'ipv6/conf/default/accept_ra': 0,
    'ipv6/conf/default/accept_redirects': 0,
    'ipv6/conf/default/router_solicitations': 0,
    'ipv6/conf/lo/disable_ipv6': 0,
  })
  allowPing()
}

/** Nodes and the router forward, and tell nobody of a shorter way. */
export function writeForwardingSysctls(): void {
  writeSysctls({
    'ipv4/ip_forward': 1,
    'ipv6/conf/all/forwarding': 1,
    'ipv6/conf/default/forwarding': 1,
    'ipv4/conf/all/send_redirects': 0,
    'ipv4/conf/default/send_redirects': 0,
  })
}

/** Groups that may use ICMP sockets; a range can only be set as far as groups are mapped in this user namespace. */
function allowPing(): void {
  for (const last of [2_147_483_647, 65_535, 0]) {
    try {
      writeSysctls({ 'ipv4/ping_group_range': `0 ${last}` })
      return
    } catch {
      // Groups beyond the mapped ones.
    }
  }
}
