import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { promisify } from 'node:util'
import { findTool } from './find-tool.ts'

/** What every text begins with that says that there is none. */
export const noWireguard = 'none: '

/**
 * Who carries WireGuard in clusters on this machine: `kernel`, `wireguard-go`, or `none: WHY`. Tried in a network namespace of its own,
 * because whether a kernel has it shows only then.
 */
export async function readWireguardSupport(): Promise<string> {
  if (findTool('wg') === undefined) return `${noWireguard}there is no wg (apt-get install wireguard-tools)`
  if (await kernelHasIt()) return 'kernel'
  const kernel = 'the kernel has no WireGuard (modprobe wireguard)'
  if (findTool('wireguard-go') === undefined) {
    return `${noWireguard}${kernel}, and there is no wireguard-go (apt-get install wireguard-go)`
  }
  const tun = await openTun()
  return tun === undefined ? 'wireguard-go' : `${noWireguard}${kernel}, and wireguard-go cannot be used: ${tun}`
}

async function kernelHasIt(): Promise<boolean> {
  const asUser = process.geteuid?.() === 0 ? [] : ['--user', '--map-root-user']
  const make = [findTool('ip') ?? 'ip', 'link', 'add', 'dev', 'wg0', 'type', 'wireguard']
  try {
    await promisify(execFile)(findTool('unshare') ?? 'unshare', [...asUser, '--net', ...make], { timeout: 5000 })
    return true
  } catch {
    return false
  }
}

/** Why not; undefined when it can be. */
async function openTun(): Promise<string | undefined> {
  try {
    await access('/dev/net/tun', constants.R_OK | constants.W_OK)
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? 'there is no /dev/net/tun (modprobe tun; in a container: --device /dev/net/tun)'
      : 'this user may not open /dev/net/tun (run as root, or chmod 0666 /dev/net/tun, as most distributions have it)'
  }
}
