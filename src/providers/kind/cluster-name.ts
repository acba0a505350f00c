import { randomBytes } from 'node:crypto'

/** Of every cluster that this project makes. */
export const NAME_PREFIX = 'packetproof-'

/** `NAME-control-plane2` has to be a host name (63 characters). */
const LONGEST_NAME = 45

/**
 * What kind calls the cluster. One that is to be kept has the same name in every run, so that a later run finds it; every other one has a
 * name of its own, so that runs do not meet.
 */
export function clusterName(name: string, isKept: boolean, unique = randomBytes(3).toString('hex')): string {
  const suffix = isKept ? '' : `-${unique}`
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  const room = LONGEST_NAME - NAME_PREFIX.length - suffix.length
  return `${NAME_PREFIX}${(plain || 'cluster').slice(0, room).replace(/-+$/, '')}${suffix}`
}
