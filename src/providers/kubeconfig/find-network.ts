import { addressToBigInt, familyOf } from '../../../helpers/cidr.ts'
import type { NetworkPlace } from './wrapper.ts'

/**
 * Finds the network namespace that has an address, among those that processes of the node have: whatever runs the containers and
 * however it names them. An IPv4 address is one of the namespace when its trie has it as a local /32; one of IPv6 is listed in hex.
 */
const SCRIPT = `
stat -L -c '%i %n' /proc/[0-9]*/ns/net 2>/dev/null | awk '!seen[$1]++' | while read -r inode path; do
  pid=\${path#/proc/}; pid=\${pid%%/*}
  if [ "$1" = 4 ]; then
    awk -v ip="$2" '$1 == "|--" { hit = $2 == ip; next } hit && /host LOCAL/ { found = 1; exit } END { exit !found }' \\
      "/proc/$pid/net/fib_trie" 2>/dev/null || continue
  else
    grep -q "^$2 " "/proc/$pid/net/if_inet6" 2>/dev/null || continue
  fi
  echo "$pid $inode"
  break
done
`

/** @param address of the pod */
export function findNetworkArgv(address: string): readonly string[] {
  const family = familyOf(address)
  const searched = family === 4 ? address : addressToBigInt(address).toString(16).padStart(32, '0')
  return ['sh', '-c', SCRIPT, 'packetproof', String(family), searched]
}

/** @returns undefined when no process has it */
export function readNetworkPlace(stdout: string): NetworkPlace | undefined {
  const [pid, inode] = stdout.trim().split(' ')
  return pid === undefined || inode === undefined || pid === '' ? undefined : { pid: Number(pid), inode }
}
