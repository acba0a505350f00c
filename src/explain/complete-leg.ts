import { familyOf } from '../../helpers/cidr.ts'
import type { Host } from '../cluster/host.ts'
import type { Leg, Passage } from './explanation.ts'
import { findEncryption } from './find-encryption.ts'
import { findRoute } from './find-route.ts'
import type { PassagePool } from './follow-packet.ts'
import type { TracedPassage } from './read-passages.ts'
import { readRoutingSettings } from './read-settings.ts'

/** Adds to each passage what the trace does not say: the route, and what a WireGuard device made of the packet. */
export async function completeLeg(
  title: string,
  way: readonly TracedPassage[],
  pool: PassagePool,
  find: (name: string) => Host | undefined,
): Promise<Leg> {
  const passages = await Promise.all(way.map((passage) => completePassage(passage, find(passage.host), pool)))
  return { title, passages }
}

async function completePassage(passage: TracedPassage, host: Host | undefined, pool: PassagePool): Promise<Passage> {
  const { host: name, inInterface, outInterface, entered, left, hooks } = passage
  const plain: Passage = {
    host: name,
    ...(inInterface !== undefined && { inInterface }),
    ...(outInterface !== undefined && { outInterface }),
    entered,
    left,
    hooks,
  }
  if (host === undefined) return plain
  const [first] = hooks
  const mark = first?.mark
  const [route, encryption] = await Promise.all([
    // What a host sends to itself has been routed on its way out.
    inInterface === 'lo'
      ? undefined
      : findRoute(host, {
          tuple: first?.left ?? entered,
          ...(inInterface !== undefined && { inInterface }),
          ...(mark !== undefined && { mark }),
        }),
    host.kind === 'node' && outInterface !== undefined && outInterface !== 'lo'
      ? findEncryption(host, outInterface, left.destination)
      : undefined,
  ])
  const isUnrouted = hooks.length === 1 && first?.hook === 'prerouting' && inInterface !== undefined
  const settings = isUnrouted ? await readRoutingSettings(host, familyOf(entered.destination), inInterface) : undefined
  const outer = encryption?.endpoint === undefined ? undefined : pool.outerOf(name, encryption.endpoint, passage.length)
  return {
    ...plain,
    ...(route && { route }),
    ...(settings && { settings }),
    ...(encryption && { encryption }),
    ...(outer && { outer }),
  }
}
