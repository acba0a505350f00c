import { execFileSync } from 'node:child_process'
import { accessSync, constants, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../../../helpers/package-root.ts'
import { PacketproofError } from '../../../errors.ts'

/** Makes, once and on demand, what the programs behind image names need. */
export interface ImageTools {
  /** A folder with a symbolic link per busybox applet. */
  appletsPath(): string
  /** A shell script that runs the program with its arguments, for a place in the container such as `/agnhost`. */
  wrapper(name: string, argv: readonly string[]): string
  /** A compiled program of this project, by its path below the package's root: the machine's node and the file. */
  nodeProgram(path: string): readonly string[]
}

const standardFolders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

export const standardPath = standardFolders.join(':')

/** @param statePath a folder that goes away with the cluster. */
export function createImageTools(statePath: string): ImageTools {
  const folder = join(statePath, 'images')
  const made = new Map<string, string>()
  const once = (name: string, make: (path: string) => void): string => {
    const known = made.get(name)
    if (known !== undefined) return known
    mkdirSync(folder, { recursive: true })
    const path = join(folder, name)
    make(path)
    made.set(name, path)
    return path
  }
  return {
    appletsPath: () => once('applets', linkApplets),
    wrapper: (name, argv) => once(name, (path) => writeFileSync(path, wrapperScript(argv), { mode: 0o755 })),
    nodeProgram: (path) => [process.execPath, join(packageRoot(), path)],
  }
}

function linkApplets(path: string): void {
  const busybox = standardFolders.map((folder) => join(folder, 'busybox')).find(isExecutable)
  if (busybox === undefined) {
    throw new PacketproofError('E_TOOL_MISSING', 'busybox is not installed: no busybox in the standard folders', {
      hint: 'install the package busybox-static (or busybox)',
    })
  }
  mkdirSync(path)
  for (const applet of execFileSync(busybox, ['--list'], { encoding: 'utf8' }).split('\n')) {
    if (applet !== '' && !applet.includes('/')) symlinkSync(busybox, join(path, applet))
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function wrapperScript(argv: readonly string[]): string {
  const quoted = argv.map((word) => `'${word.replaceAll("'", "'\\''")}'`)
  return `#!/bin/sh\nexec ${quoted.join(' ')} "$@"\n`
}
