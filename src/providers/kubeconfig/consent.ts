import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { messageOf, PacketproofError } from '../../errors.ts'

const consentSchema = z.object({
  clusters: z.array(z.object({ id: z.string(), server: z.string(), context: z.string(), since: z.string() })),
})
type Consents = z.infer<typeof consentSchema>

export interface ForeignCluster {
  /** Stays the same whatever the cluster is called and wherever it is reached. */
  readonly id: string
  readonly server: string
  readonly context: string
}

/** `$XDG_STATE_HOME/packetproof/clusters.json`: the clusters that somebody has said yes to. */
export function consentFile(env: NodeJS.ProcessEnv = process.env): string {
  const state = env['XDG_STATE_HOME']?.startsWith('/')
    ? env['XDG_STATE_HOME']
    : join(env['HOME'] ?? homedir(), '.local', 'state')
  return join(state, 'packetproof', 'clusters.json')
}

/**
 * Goes on when there is consent, and remembers one that is given now.
 * @param made what will be made in the cluster, a line each
 * @throws PacketproofError E_USAGE with all of it when there is none
 */
export function requireConsent(
  cluster: ForeignCluster,
  made: readonly string[],
  isGiven: boolean,
  file: string = consentFile(),
): void {
  const known = readConsents(file)
  if (known.clusters.some(({ id }) => id === cluster.id)) return
  if (!isGiven) {
    throw new PacketproofError(
      'E_USAGE',
      `packetproof has not been used with this cluster before: context "${cluster.context}", ${cluster.server}. It would make there:\n${made.map((line) => `  - ${line}`).join('\n')}\nand remove all of it in the end`,
      { hint: 'say --yes to allow it; that is remembered for this cluster' },
    )
  }
  writeConsents(file, { clusters: [...known.clusters, { ...cluster, since: new Date().toISOString() }] })
}

function readConsents(file: string): Consents {
  try {
    const parsed = consentSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')))
    // A file that cannot be understood holds no consent.
    return parsed.success ? parsed.data : { clusters: [] }
  } catch {
    return { clusters: [] }
  }
}

function writeConsents(file: string, consents: Consents): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    const draft = `${file}.${process.pid}`
    writeFileSync(draft, `${JSON.stringify(consents, undefined, 2)}\n`, { mode: 0o600 })
    renameSync(draft, file)
  } catch (cause) {
    throw new PacketproofError('E_ENVIRONMENT', `the consent cannot be remembered in ${file}: ${messageOf(cause)}`, {
      hint: 'set $XDG_STATE_HOME to a folder that you may write to',
      cause,
    })
  }
}
