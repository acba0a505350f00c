import { chmodSync, existsSync, mkdirSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../../../../errors.ts'
import { resolveInRoot } from '../../fabric/resolve-in-root.ts'
import type { Mount } from '../../fabric/types.ts'
import { expandVariables } from '../expand-variables.ts'
import type { Container, PodSpec } from '../objects.ts'
import { sameFiles, type VolumeFiles, writeAtomically } from './atomic-directory.ts'
import { openHostPath } from './host-path.ts'
import { type ProjectionInput, projectFiles } from './project-files.ts'
import { VolumeError } from './volume-error.ts'

type Volume = NonNullable<PodSpec['volumes']>[number]

export interface VolumeProblem {
  readonly volume: string
  readonly message: string
}

interface Source {
  /** As the cluster server sees it. */
  readonly path: string
  readonly readOnly: boolean
  /** It is a folder or file of the node. */
  readonly isOfNode?: true
}

/** The volumes of one pod, in a folder of their own below the cluster's state. */
export class PodVolumes {
  readonly #folder: string
  readonly #nodeRoot: string
  readonly #input: () => ProjectionInput
  readonly #sources = new Map<string, Source>()
  readonly #written = new Map<string, VolumeFiles>()

  /** @param input looked up at every use: the pod's labels and addresses change. */
  constructor(folder: string, nodeRoot: string, input: () => ProjectionInput) {
    this.#folder = folder
    this.#nodeRoot = nodeRoot
    this.#input = input
  }

  /** Sets up what is not set up yet. Returns why the rest cannot be; an empty list: all is in place. */
  prepare(): readonly VolumeProblem[] {
    const problems: VolumeProblem[] = []
    for (const volume of this.#declared()) {
      if (this.#sources.has(volume.name)) continue
      try {
        this.#sources.set(volume.name, this.#open(volume))
      } catch (error) {
        const message = `MountVolume.SetUp failed for volume "${volume.name}" : ${messageOf(error)}`
        problems.push({ volume: volume.name, message })
      }
    }
    return problems
  }

  /** Brings the files up to date with their objects. What is missing by now keeps its last content, as on a kubelet. */
  refresh(): void {
    for (const volume of this.#declared()) {
      const source = this.#sources.get(volume.name)
      if (!source) continue
      try {
        this.#project(volume, source.path)
      } catch (error) {
        if (!(error instanceof VolumeError)) throw error
      }
    }
  }

  /** @throws VolumeError when a mount names a volume or a subPath that cannot be used. */
  mountsOf(container: Container, environment: Readonly<Record<string, string>>): Mount[] {
    return (container.volumeMounts ?? []).map((mount) => {
      const source = this.#sources.get(mount.name)
      if (!source) throw new VolumeError(`volume "${mount.name}" is not mounted`)
      const subPath = mount.subPathExpr ? expandVariables(mount.subPathExpr, environment) : mount.subPath
      const root = source.isOfNode ? this.#nodeRoot : undefined
      const path = subPath ? subPathOf(source.path, subPath, root) : source.path
      return {
        source: path,
        target: mount.mountPath,
        readOnly: (mount.readOnly ?? false) || source.readOnly,
        ...(root !== undefined && { inNode: path.slice(root.length) || '/' }),
      }
    })
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #declared(): readonly Volume[] {
    return this.#input().pod.spec.volumes ?? []
  }

  #open(volume: Volume): Source {
    if (volume.hostPath) {
      const path = openHostPath(this.#nodeRoot, volume.hostPath.path, volume.hostPath.type ?? '')
      return { path, readOnly: false, isOfNode: true }
    }
    const path = join(this.#folder, volume.name)
    if (this.#project(volume, path)) return { path, readOnly: true }
    if (!volume.emptyDir) throw new VolumeError(`${kindOf(volume)} volumes do not exist in this cluster`)
    mkdirSync(path, { recursive: true })
    // Writable for every user, whatever this process's umask.
    chmodSync(path, 0o777)
    return { path, readOnly: false }
  }

  #project(volume: Volume, path: string): boolean {
    const files = projectFiles(this.#input(), volume)
    if (!files) return false
    const written = this.#written.get(volume.name)
    if (!written || !sameFiles(written, files)) writeAtomically(path, files)
    this.#written.set(volume.name, files)
    return true
  }
}

function kindOf(volume: Volume): string {
  return Object.keys(volume).find((key) => key !== 'name') ?? 'unspecified'
}

/** @param nodeRoot of a volume of the node, whose links lead to other places of the node */
function subPathOf(root: string, subPath: string, nodeRoot: string | undefined): string {
  if (subPath.startsWith('/') || subPath.split('/').includes('..')) {
    throw new VolumeError(`subPath "${subPath}" must be a relative path without ".."`)
  }
  if (nodeRoot !== undefined) {
    const place = resolveInRoot(nodeRoot, join(root.slice(nodeRoot.length), subPath))
    if (!existsSync(place)) mkdirSync(place, { recursive: true })
    return place
  }
  const place = join(root, subPath)
  try {
    return realpathSync(place)
  } catch {
    mkdirSync(place, { recursive: true })
    return place
  }
}
