import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Docker } from '../../docker/docker.ts'
import { isInterrupted, messageOf } from '../../errors.ts'
import { taggedReference } from '../../images/image-reference.ts'
import { provideImage, saveImages } from '../../images/image-store.ts'
import { type ImageName, type ImagePin, imagePins } from '../../images/pins.ts'
import { loadArchiveArguments, nameByDigestArguments } from './kind-commands.ts'
import type { KindProgram } from './kind-program.ts'

const LOAD_TIMEOUT_MS = 10 * 60_000

/** What scenarios run in pods, on any cluster. */
export const commonImages: readonly ImageName[] = ['busybox', 'agnhost', 'ip-masq-agent', 'agent', 'server']

export interface Preloaded {
  readonly loaded: readonly ImageName[]
  /** Those that could not be had, with the reason: what needs them will say so. */
  readonly missing: ReadonlyMap<ImageName, string>
}

/**
 * Has Docker have the images that the cluster's pods will run: those of its network plugin, without which there is no cluster, and
 * others, without which there is only less to see.
 * @throws PacketproofError when one that is required cannot be had
 */
export async function provideImages(
  docker: Docker,
  required: readonly ImageName[],
  others: readonly ImageName[],
): Promise<Preloaded> {
  for (const name of required) await provideImage(docker, imagePins[name])
  const missing = new Map<ImageName, string>()
  // At the same time: where there is no registry, each of them takes a while to find out.
  await Promise.all(
    others.map(async (name) => {
      const pin: ImagePin = imagePins[name]
      await provideImage(docker, pin).catch((error: unknown) => {
        if (isInterrupted(error)) throw error
        missing.set(name, messageOf(error))
      })
    }),
  )
  return { loaded: [...required, ...others.filter((name) => !missing.has(name))], missing }
}

/** Loads images that Docker has into all nodes of a cluster. */
export async function loadIntoNodes(
  docker: Docker,
  kind: KindProgram,
  options: {
    readonly cluster: string
    readonly nodes: readonly string[]
    readonly images: readonly ImageName[]
    readonly folder: string
    readonly signal: AbortSignal | undefined
  },
): Promise<void> {
  const { cluster, nodes, images, folder, signal } = options
  if (images.length === 0) return
  const pins: readonly ImagePin[] = images.map((name) => imagePins[name])
  const archive = join(folder, 'images.tar')
  try {
    await saveImages(docker, pins.map(taggedReference), archive)
    await kind.run(loadArchiveArguments(cluster, archive), { timeoutMs: LOAD_TIMEOUT_MS, signal })
    await Promise.all(nodes.map(async (node) => await nameByDigest(docker, node, pins)))
  } finally {
    await rm(archive, { force: true })
  }
}

/** A manifest that names an image by its digest is to find the one that was loaded, which the archive names by its tag. */
async function nameByDigest(docker: Docker, node: string, pins: readonly ImagePin[]): Promise<void> {
  const named = pins.filter(({ digest }) => digest !== undefined)
  for (const pin of named) await docker.run(['exec', node, ...nameByDigestArguments(pin)])
}
