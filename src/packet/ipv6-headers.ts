import { uint16, uint32 } from './address-text.ts'
import type { LayersDraft } from './draft.ts'
import type { Fragment } from './types.ts'

const FRAGMENT = 44
const AH = 51
/** Hop-by-hop, routing, destination options, mobility, HIP, Shim6: next header, then length in 8-byte units after the first. */
const LENGTH_IN_OCTETS: ReadonlySet<number> = new Set([0, 43, 60, 135, 139, 140])

interface HeaderChain {
  /** The first protocol that is not an extension header. */
  readonly protocol: number
  /** Where it begins. */
  readonly at: number
  readonly seen: readonly number[]
  readonly fragment: Fragment | undefined
  /** The chain ends before it says what it carries. */
  readonly cut: boolean
}

/** Walks IPv6 extension headers and AH (RFC 8200 §4, RFC 4302 §2). Every step is at least 8 bytes, so it ends. */
export function ipv6Headers(
  draft: LayersDraft,
  firstProtocol: number,
  firstAt: number,
  end: number,
  wireEnd: number,
): HeaderChain {
  const { data } = draft
  const seen: number[] = []
  let protocol = firstProtocol
  let at = firstAt
  let fragment: Fragment | undefined
  while (protocol === FRAGMENT || protocol === AH || LENGTH_IN_OCTETS.has(protocol)) {
    // What follows the fragment header of a later fragment is the middle of a datagram, whatever its type.
    if (fragment !== undefined && fragment.offset > 0) break
    const length = at + 8 <= end ? headerLength(protocol, data[at + 1] as number) : 8
    if (at + length > end) {
      draft.endsEarly('the IPv6 extension header', wireEnd > end)
      return { protocol, at: Math.min(at, end), seen, fragment, cut: true }
    }
    if (protocol === FRAGMENT) fragment = readFragment(data, at)
    seen.push(protocol)
    protocol = data[at] as number
    at += length
  }
  return { protocol, at, seen, fragment, cut: false }
}

function headerLength(protocol: number, lengthField: number): number {
  if (protocol === FRAGMENT) return 8
  return protocol === AH ? (lengthField + 2) * 4 : (lengthField + 1) * 8
}

/** Undefined for an atomic fragment (RFC 6946): a whole packet that carries a fragment header. */
function readFragment(data: Buffer, at: number): Fragment | undefined {
  const offsetAndMore = uint16(data, at + 2)
  const offset = offsetAndMore & 0xfff8
  const more = (offsetAndMore & 1) !== 0
  return more || offset > 0 ? { id: uint32(data, at + 4), offset, more } : undefined
}
