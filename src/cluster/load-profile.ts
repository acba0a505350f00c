import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LineCounter, parseDocument } from 'yaml'
import { parseCidr } from '../../helpers/cidr.ts'
import { packageRoot } from '../../helpers/package-root.ts'
import { invalidInput, messageOf } from '../errors.ts'
import { type ClusterProfile, profileSchema } from './profile.ts'

const folder = join(packageRoot(), 'clusters')

export function listProfiles(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort()
}

/** @throws PacketproofError E_INVALID_INPUT that names the file, the place in it, and what was expected. */
export function loadProfile(name: string): ClusterProfile {
  const path = join(folder, `${name}.yaml`)
  if (!existsSync(path))
    throw invalidInput(`there is no cluster profile "${name}"; known: ${listProfiles().join(', ')}`)
  return parseProfile(readFileSync(path, 'utf8'), path)
}

export function parseProfile(text: string, source: string): ClusterProfile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const syntaxError = document.errors[0]
  if (syntaxError !== undefined) throw invalidInput(`${source}: ${syntaxError.message}`, { cause: syntaxError })
  const parsed = profileSchema.safeParse(document.toJS())
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw invalidInput(`${source}: ${issue?.path.join('.') || 'the document'}: ${issue?.message ?? 'not a profile'}`)
  }
  checkNetworks(parsed.data, source)
  return parsed.data
}

function checkNetworks(profile: ClusterProfile, source: string): void {
  for (const key of ['nodeSubnets', 'podCidrs', 'serviceCidrs'] as const) {
    const families = profile[key].map((text, index) => {
      try {
        return parseCidr(text).family
      } catch (error) {
        throw invalidInput(`${source}: ${key}.${index}: ${messageOf(error)}`, { cause: error })
      }
    })
    if (new Set(families).size !== families.length) {
      throw invalidInput(`${source}: ${key}: expected one IPv4 and one IPv6 CIDR, not two of IPv${families[0]}`)
    }
  }
}
