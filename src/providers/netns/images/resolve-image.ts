import { accessSync, constants, statSync } from 'node:fs'
import { isAbsolute, normalize } from 'node:path'
import { messageOf } from '../../../errors.ts'
import type { ImageProgram, ImageRow } from './image-program.ts'
import { parseImageReference } from './image-reference.ts'
import { type ImageTools, standardPath } from './image-tools.ts'

/** Why an image name stands for nothing, in a kubelet's words. */
export interface ImageFailure {
  readonly reason: 'ErrImagePull' | 'InvalidImageName'
  readonly message: string
}

export type ImageResolution =
  | { readonly program: ImageProgram; readonly failure?: never }
  | { readonly failure: ImageFailure; readonly program?: never }

const hostPrefix = 'host:'

/** What an image name stands for. Never throws: what is wrong becomes the container's waiting reason. */
export function resolveImage(rows: readonly ImageRow[], tools: ImageTools, image: string): ImageResolution {
  if (image.startsWith(hostPrefix)) return resolveHostProgram(image, image.slice(hostPrefix.length))
  const reference = parseImageReference(image)
  if (!reference) {
    const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`
    return { failure: { reason: 'InvalidImageName', message } }
  }
  const row = rows.find((candidate) => candidate.matches(reference))
  if (!row) return { failure: { reason: 'ErrImagePull', message: unknownImage(rows, image) } }
  try {
    return { program: row.program(tools) }
  } catch (error) {
    const message = `image "${image}" stands for a program that cannot be used here: ${messageOf(error)}`
    return { failure: { reason: 'ErrImagePull', message } }
  }
}

function unknownImage(rows: readonly ImageRow[], image: string): string {
  const known = rows.map(({ title }) => title).join(', ')
  return (
    `failed to pull image "${image}": this cluster has no images, an image name stands for a program, and none is known by ` +
    `this name; known are ${known}, and host:/path/to/program for a program of this machine`
  )
}

function resolveHostProgram(image: string, path: string): ImageResolution {
  if (!isAbsolute(path)) {
    const message = `image "${image}" does not name a program: expected host: and an absolute path, for instance host:/usr/local/bin/agent`
    return { failure: { reason: 'InvalidImageName', message } }
  }
  const problem = problemOfProgram(path)
  if (problem !== undefined) {
    const message = `failed to pull image "${image}": ${path} on this machine ${problem}`
    return { failure: { reason: 'ErrImagePull', message } }
  }
  const target = normalize(path)
  return {
    program: {
      imageId: `packetproof://host${target}`,
      entrypoint: [target],
      defaultArguments: [],
      environment: { PATH: standardPath },
      mounts: [{ source: target, target, readOnly: true }],
    },
  }
}

function problemOfProgram(path: string): string | undefined {
  try {
    const stats = statSync(path)
    if (stats.isDirectory()) return 'is a directory, not a program'
    if (!stats.isFile()) return 'is not a regular file'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : `cannot be read: ${messageOf(error)}`
  }
  try {
    accessSync(path, constants.X_OK)
    return undefined
  } catch {
    return 'is not executable (chmod +x it)'
  }
}
