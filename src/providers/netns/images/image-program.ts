import type { Mount } from '../fabric/types.ts'
import type { ImageReference } from './image-reference.ts'
import type { ImageTools } from './image-tools.ts'

/** What an image name stands for: there are no images, so this is a program of this project or of the machine. */
export interface ImageProgram {
  /** What `status.containerStatuses[].imageID` says. */
  readonly imageId: string
  /** Replaced by a container's `command`. */
  readonly entrypoint: readonly string[]
  /** Replaced by a container's `args`, and dropped when it has a `command`. */
  readonly defaultArguments: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly mounts: readonly Mount[]
  /** What the `Pulled` event adds, where the program is not what the image name says. */
  readonly note?: string
}

/** One row of the table of images. */
export interface ImageRow {
  /** As a user would write it; for the list of known images. */
  readonly title: string
  matches(reference: ImageReference): boolean
  program(tools: ImageTools): ImageProgram
}
