import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { capabilityMeanings } from '../cluster/capability.ts'
import { profileSchema } from '../cluster/profile.ts'
import { messageOf, PacketproofError } from '../errors.ts'
import { type LabFiles, labFiles } from './lab-folder.ts'

const recordVersion = 1

const capabilityState = z.union([z.literal('present'), z.object({ reason: z.string(), remedy: z.string().optional() })])

const recordSchema = z.object({
  version: z.literal(recordVersion),
  name: z.string(),
  provider: z.string(),
  profile: profileSchema,
  createdAt: z.iso.datetime(),
  /** The process that owns the cluster, with what tells it from a later one of the same number. */
  keeper: z.object({ pid: z.number(), startTicks: z.string() }),
  machines: z.array(
    z.object({ name: z.string(), kind: z.enum(['outsider', 'external-host']), addresses: z.array(z.string()) }),
  ),
  capabilities: z.record(z.enum(Object.keys(capabilityMeanings) as [keyof typeof capabilityMeanings]), capabilityState),
  environment: z.record(z.string(), z.string()),
  /** Of a cluster that was there before: the labels of what the lab makes in it, and where it pulls this project's images from. */
  borrowed: z.object({ labels: z.record(z.string(), z.string()), registry: z.string().optional() }).optional(),
  patience: z.number().optional(),
  /** The kubeconfig of the user's that the lab's has been merged into. */
  mergedInto: z.string().optional(),
  components: z.array(z.object({ name: z.string(), options: z.record(z.string(), z.unknown()) })),
  faults: z.array(
    z.object({
      name: z.string(),
      on: z.string(),
      run: z.array(z.string()),
      /** What puts each host's rules back. */
      undo: z.array(z.object({ host: z.string(), argv: z.array(z.string()), input: z.string() })),
    }),
  ),
})

/** What is written down about a lab, for the commands that come after the one that made it. */
export type LabRecord = z.infer<typeof recordSchema>

/** @throws PacketproofError E_ENVIRONMENT when the record is not there, damaged, or of another version of this program. */
export function readRecord(name: string): LabRecord {
  const { record } = labFiles(name)
  let value: unknown
  try {
    value = JSON.parse(readFileSync(record, 'utf8'))
  } catch (cause) {
    throw new PacketproofError('E_ENVIRONMENT', `the record of the lab "${name}" cannot be read: ${messageOf(cause)}`, {
      hint: `packetproof down ${name} takes away what there is of it`,
      cause,
    })
  }
  const found = recordSchema.safeParse(value)
  if (found.success) return found.data
  const version = (value as { version?: unknown } | null)?.version
  const what =
    version === recordVersion
      ? 'is damaged'
      : `was made by another version of packetproof (record version ${String(version)}, expected ${recordVersion})`
  throw new PacketproofError('E_ENVIRONMENT', `the lab "${name}" ${what}`, {
    hint: `packetproof down ${name}, then packetproof up again`,
    cause: found.error,
  })
}

/** Replaces the record in one step: a reader sees the old one or the new one. */
export function writeRecord(files: LabFiles, record: LabRecord): void {
  const next = `${files.record}.${process.pid}`
  writeFileSync(next, `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o600 })
  renameSync(next, files.record)
}
