import { packageRoot } from '../../helpers/package-root.ts'
import type { Docker } from '../docker/docker.ts'
import { PacketproofError } from '../errors.ts'
import { pullReference, taggedReference } from './image-reference.ts'
import type { ImagePin } from './pins.ts'
import { sourceDigest } from './source-digest.ts'

const SOURCES_LABEL = 'packetproof.sources'
const PULL_TIMEOUT_MS = 15 * 60_000

/** Whether Docker has the image under the name that is used for it. */
export async function hasImage(docker: Docker, reference: string): Promise<boolean> {
  const { exitCode } = await docker.try(['image', 'inspect', '--format', '{{.Id}}', reference])
  return exitCode === 0
}

/**
 * Has the image be there: as it is, or pulled by its digest and named, or built from the Dockerfile and the present sources.
 * @returns the name to use it by
 * @throws PacketproofError E_ENVIRONMENT when no registry can be reached or none has it
 */
export async function provideImage(docker: Docker, pin: ImagePin): Promise<string> {
  const reference = taggedReference(pin)
  const isThere =
    pin.sources === undefined
      ? await hasImage(docker, reference)
      : (await builtFrom(docker, reference)) === sourceDigest(pin.sources)
  if (!isThere) await fetchImage(docker, pin)
  return reference
}

/** The digest of the sources that an image was built from. */
async function builtFrom(docker: Docker, reference: string): Promise<string> {
  const format = `{{index .Config.Labels "${SOURCES_LABEL}"}}`
  return (await docker.try(['image', 'inspect', '--format', format, reference])).stdout.trim()
}

/** Has an image of the user's be there: as it is, or pulled. @throws PacketproofError E_ENVIRONMENT when it cannot be had */
export async function provideReference(docker: Docker, reference: string): Promise<string> {
  if (!(await hasImage(docker, reference)))
    await docker.run(['pull', '--quiet', reference], { timeoutMs: PULL_TIMEOUT_MS })
  return reference
}

/** Pulls or builds the image, whether it is there or not. */
export async function fetchImage(docker: Docker, pin: ImagePin): Promise<void> {
  const reference = taggedReference(pin)
  if (pin.target !== undefined) {
    const argv = buildArguments(pin.target, reference, sourceDigest(pin.sources ?? []))
    await docker.run(argv, { timeoutMs: PULL_TIMEOUT_MS })
    return
  }
  await docker.run(['pull', '--quiet', pullReference(pin)], { timeoutMs: PULL_TIMEOUT_MS })
  // An image that was pulled by its digest has no tag, and an archive of it would have no name at all.
  await docker.run(['tag', pullReference(pin), reference])
}

export function buildArguments(target: string, reference: string, sources: string): readonly string[] {
  const label = ['--label', `${SOURCES_LABEL}=${sources}`]
  return ['build', '--quiet', '--target', target, '--tag', reference, ...label, packageRoot()]
}

export async function saveImages(docker: Docker, references: readonly string[], path: string): Promise<void> {
  const present = await Promise.all(references.map((reference) => hasImage(docker, reference)))
  const missing = references.filter((_, index) => !present[index])
  if (missing.length > 0) {
    throw new PacketproofError('E_ENVIRONMENT', `Docker does not have ${missing.join(', ')}`, {
      hint: 'packetproof images pull',
    })
  }
  await docker.run(['save', '--output', path, ...references], { timeoutMs: PULL_TIMEOUT_MS })
}

export async function loadImages(docker: Docker, path: string): Promise<void> {
  await docker.run(['load', '--quiet', '--input', path], { timeoutMs: PULL_TIMEOUT_MS })
}
