import { readFileSync } from 'node:fs'
import { PacketproofError } from '../../../errors.ts'

/** Numbers of capability.h. */
const capabilities = { NET_ADMIN: 12n, NET_RAW: 13n } as const

/**
 * Whether this process has a capability, as the kernel tells it.
 * @throws PacketproofError E_NO_PRIVILEGE that names it and what for.
 */
export function requireCapability(name: keyof typeof capabilities, purpose: string): void {
  const effective = /^CapEff:\s*([\da-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  if (effective !== undefined && ((BigInt(`0x${effective}`) >> capabilities[name]) & 1n) === 1n) return
  throw new PacketproofError('E_NO_PRIVILEGE', `${purpose} needs the capability ${name}, which this process lacks`, {
    hint: `run it as root, in a container with securityContext.capabilities.add: [${name}]`,
  })
}
